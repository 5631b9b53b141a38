/** Bare model names that say by their beginning whose they are. `provider/model` names it explicitly and needs no table. */
const PREFIXES: readonly (readonly [prefix: string, provider: string])[] = [
  ['gpt-', 'openai'], ['chatgpt-', 'openai'], ['o1', 'openai'], ['o3', 'openai'], ['o4', 'openai'],
  ['claude-', 'anthropic'],
  ['gemini-', 'gemini'],
  ['llama', 'groq'], ['mixtral', 'groq'],
  ['mistral-', 'mistral'], ['magistral-', 'mistral'], ['codestral-', 'mistral'], ['ministral-', 'mistral'], ['pixtral-', 'mistral'],
  ['sonar', 'perplexity'],
];

/** The provider id that a bare model name belongs to, or undefined. */
export const providerOfBareModel = (model: string): string | undefined => PREFIXES.find(([prefix]) => model.startsWith(prefix))?.[1];
