/**
 * Every provider that the clients are run against: where the simulator speaks its language, whose its calls are, and which of
 * its models are asked. A provider that is spoken to in more than one format has a row for each.
 */
import type { Feature } from './features.ts';

export interface ProviderRow {
  /** Names the connection, and the resource that leads to it. */
  readonly name: string;
  readonly provider: string;
  /** After the simulator's origin. */
  readonly path: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly model: string;
  readonly embeddingModel: string | null;
  /** What it does not have, and why. */
  readonly lacks: Readonly<Partial<Record<Feature, string>>>;
}

const key = (name: string) => ({ api_key: `sk-${name}` });
const none = (embeddings: string) => ({ embeddings });
const row = (name: string, path: string, model: string, more: Partial<ProviderRow> = {}): ProviderRow =>
  ({ name, provider: name, path, model, credentials: key(name), embeddingModel: null, lacks: {}, ...more });

export const AWS_KEY = { id: 'AKIAPROVIDERS', secret: 'only-the-signature-shows-it' };
const AWS = { access_key_id: AWS_KEY.id, secret_access_key: AWS_KEY.secret, region: 'eu-west-1' };
const VERTEX = { access_token: 'ya29.of-the-test', project: 'test-project', location: 'europe-west4' };
const CLAUDE_AT_BEDROCK = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const NO_TOOLS = 'Perplexity takes no tools of the caller';
const SAME = 'another row asks the same provider';

export const ROWS: readonly ProviderRow[] = [
  row('openai', '/v1', 'gpt-4o-mini', { credentials: { ...key('openai'), organization: 'org-test', project: 'proj-test' }, embeddingModel: 'text-embedding-3-small' }),
  row('openai-responses', '/v1', 'gpt-5-codex', { provider: 'openai', lacks: none(SAME) }),
  row('azure-openai', '', 'gpt-4o-mini', { embeddingModel: 'text-embedding-3-small' }),
  row('azure-openai-v1', '/openai/v1', 'gpt-4o-mini', { provider: 'azure-openai', embeddingModel: 'text-embedding-3-small' }),
  row('anthropic', '/v1', 'claude-sonnet-4-5', { lacks: none('Anthropic has no embeddings') }),
  row('gemini', '/v1beta/openai', 'gemini-2.5-flash', { embeddingModel: 'gemini-embedding-001' }),
  row('vertex', '', 'gemini-2.5-flash', { credentials: VERTEX, embeddingModel: 'text-embedding-005' }),
  row('vertex-claude', '', 'claude-sonnet-4-5@20250929', { provider: 'vertex', credentials: VERTEX, lacks: none('Anthropic has no embeddings') }),
  row('groq', '/groq/v1', 'llama-3.3-70b-versatile', { lacks: none('Groq has no embeddings') }),
  row('perplexity', '/perplexity', 'sonar', {
    lacks: { ...none('its models of embeddings are not offered by this profile'), tool: NO_TOOLS, tools: NO_TOOLS, streamedTools: NO_TOOLS },
  }),
  row('mistral', '/mistral/v1', 'mistral-small-latest', { embeddingModel: 'mistral-embed' }),
  row('openrouter', '/openrouter/v1', 'openai/gpt-4o-mini', { credentials: { ...key('openrouter'), title: 'test' }, embeddingModel: 'openai/text-embedding-3-small' }),
  row('aws-bedrock', '', CLAUDE_AT_BEDROCK, { credentials: AWS, embeddingModel: 'cohere.embed-multilingual-v3' }),
  row('aws-bedrock-invoke', '', CLAUDE_AT_BEDROCK, { credentials: AWS, embeddingModel: 'cohere.embed-english-v3' }),
  row('ollama', '/ollama/v1', 'llama3.2', { credentials: {}, embeddingModel: 'nomic-embed-text' }),
  row('lmstudio', '/lmstudio/v1', 'qwen3-4b', { credentials: {}, embeddingModel: 'nomic-embed-text' }),
  row('openai-compatible', '/v1', 'any-model', { embeddingModel: 'any-embedding' }),
  row('deepseek', '/v1', 'deepseek-chat', { lacks: { ...none('DeepSeek has no embeddings'), image: 'its models see no images' } }),
  row('xai', '/v1', 'grok-4', { lacks: none('xAI has no embeddings') }),
];

/** Everything that shows somebody to the simulator, but for AWS' keys: nobody else is let in. */
export const KEYS: readonly string[] = [...new Set(ROWS.flatMap(({ credentials }) => [credentials['api_key'] ?? [], credentials['access_token'] ?? []].flat())), ''];
