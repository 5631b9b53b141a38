/** Bare model names that say by their beginning whose they are. `provider/model` names it explicitly and needs no table. */
const PREFIXES: readonly (readonly [prefix: string, provider: string])[] = [
  ['gpt-', 'openai'], ['chatgpt-', 'openai'], ['codex-', 'openai'],
  ['text-embedding-3', 'openai'], ['text-embedding-ada', 'openai'],
  ['o1', 'openai'], ['o3', 'openai'], ['o4', 'openai'],
  ['claude-', 'anthropic'],
  ['gemini-', 'gemini'], ['gemma-', 'gemini'],
  ['llama', 'groq'], ['mixtral', 'groq'],
  ['mistral-', 'mistral'], ['magistral-', 'mistral'], ['codestral-', 'mistral'], ['ministral-', 'mistral'], ['pixtral-', 'mistral'],
  ['devstral-', 'mistral'],
  ['sonar', 'perplexity'], ['r1-', 'perplexity'],
  ['deepseek-', 'deepseek'],
  ['grok-', 'xai'],
  // Bedrock names a model by region and maker.
  ['us.', 'aws-bedrock'], ['eu.', 'aws-bedrock'], ['apac.', 'aws-bedrock'], ['global.', 'aws-bedrock'],
  ['anthropic.', 'aws-bedrock'], ['amazon.', 'aws-bedrock'], ['meta.', 'aws-bedrock'], ['cohere.', 'aws-bedrock'],
];

/** The provider id that a bare model name belongs to, or undefined. */
export const providerOfBareModel = (model: string): string | undefined => PREFIXES.find(([prefix]) => model.startsWith(prefix))?.[1];
