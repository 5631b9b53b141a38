/** What each provider takes as credentials, and which of them go together. */
import type { ProviderId } from './providers.ts';

export const CREDENTIALS = [
  'api_key', 'organization', 'project', 'referer', 'title', 'entra_token', 'tenant_id', 'client_id', 'client_secret', 'api_version',
  'service_account', 'access_token', 'location', 'access_key_id', 'secret_access_key', 'session_token', 'role_arn', 'external_id', 'region',
] as const;
export type CredentialName = (typeof CREDENTIALS)[number];

interface CredentialShape {
  readonly may: readonly CredentialName[];
  readonly must?: readonly CredentialName[];
  /** All of a group, or none. */
  readonly together?: readonly (readonly CredentialName[])[];
  /** Ways to show who one is: one at most. */
  readonly oneOf?: readonly CredentialName[];
  /** The first makes no sense without the second. */
  readonly onlyWith?: readonly (readonly [CredentialName, CredentialName])[];
}

const KEY: CredentialShape = { may: ['api_key'] };

const AWS: CredentialShape = {
  may: ['api_key', 'access_key_id', 'secret_access_key', 'session_token', 'role_arn', 'external_id', 'region'],
  together: [['access_key_id', 'secret_access_key']],
  oneOf: ['api_key', 'access_key_id'],
  onlyWith: [['session_token', 'access_key_id'], ['external_id', 'role_arn']],
};

const SHAPES = {
  'openai': { may: ['api_key', 'organization', 'project'] },
  'azure-openai': {
    may: ['api_key', 'entra_token', 'tenant_id', 'client_id', 'client_secret', 'api_version'],
    together: [['tenant_id', 'client_id', 'client_secret']],
    oneOf: ['api_key', 'entra_token', 'client_secret'],
  },
  'anthropic': KEY,
  'gemini': KEY,
  'vertex': {
    may: ['service_account', 'access_token', 'project', 'location'], must: ['project', 'location'], oneOf: ['service_account', 'access_token'],
  },
  'groq': KEY,
  'perplexity': KEY,
  'mistral': KEY,
  'openrouter': { may: ['api_key', 'referer', 'title'] },
  'aws-bedrock': AWS,
  'aws-bedrock-invoke': AWS,
  'ollama': KEY,
  'lmstudio': KEY,
  'deepseek': KEY,
  'xai': KEY,
  'openai-compatible': { may: ['api_key', 'organization', 'project'] },
} as const satisfies Record<ProviderId, CredentialShape>;

export interface CredentialProblem {
  /** Null: of the credentials as a whole. */
  readonly name: string | null;
  readonly message: string;
}

/** What is wrong with the names; never holds a value. Names that no provider has are the schema's business. */
export function* credentialProblems(provider: ProviderId, given: Readonly<Record<string, unknown>>): Generator<CredentialProblem> {
  const shape: CredentialShape = SHAPES[provider];
  const has = (name: CredentialName): boolean => given[name] !== undefined;
  for (const name of CREDENTIALS.filter((each) => has(each) && !shape.may.includes(each))) {
    yield { name, message: `is no credential of ${provider}: it takes ${shape.may.join(', ')}` };
  }
  for (const name of shape.must ?? []) {
    if (!has(name)) yield { name: null, message: `${name} is required for ${provider}` };
  }
  for (const group of shape.together ?? []) {
    const missing = group.filter((name) => !has(name));
    if (missing.length === 0 || missing.length === group.length) continue;
    yield { name: null, message: `${group.join(', ')} go together: ${missing.join(', ')} is missing` };
  }
  const ways = (shape.oneOf ?? []).filter(has);
  if (ways.length > 1) yield { name: null, message: `${ways.join(' and ')} exclude each other` };
  for (const [name, needed] of shape.onlyWith ?? []) {
    if (has(name) && !has(needed)) yield { name, message: `means nothing without ${needed}` };
  }
}
