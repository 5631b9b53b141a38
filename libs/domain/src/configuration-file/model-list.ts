/**
 * The `model_list` style of other gateways' configurations, read as if it were a file of our own: each account (provider,
 * address, key) becomes a connection, each `model_name` a resource with a route for every deployment of that name, each
 * `rpm` and `tpm` a limit of that model. What has no counterpart here is an unknown key: it would be ignored in silence.
 */
import { z } from 'zod';
import { addressOf, type ProviderId } from './providers.ts';
import type { Broken } from './rules.ts';
import { address, amount, type FileShape, fileSchema, key, model, name, secret, weight } from './schema.ts';

/** What a model's prefix (`azure/my-deployment`) is called here. */
const PREFIXES: Readonly<Record<string, ProviderId>> = {
  openai: 'openai', azure: 'azure-openai', anthropic: 'anthropic', gemini: 'gemini', vertex_ai: 'vertex', groq: 'groq',
  perplexity: 'perplexity', mistral: 'mistral', openrouter: 'openrouter', bedrock: 'aws-bedrock', ollama: 'ollama',
  lm_studio: 'lmstudio', deepseek: 'deepseek', xai: 'xai', hosted_vllm: 'openai-compatible', openai_like: 'openai-compatible',
};

const deployment = z.strictObject({
  model_name: name,
  litellm_params: z.strictObject({
    model,
    api_base: address.optional(),
    api_key: secret.optional(),
    organization: secret.optional(),
    rpm: amount,
    tpm: amount,
    weight: weight.optional(),
  }),
});

export const modelListSchema = z.strictObject({
  model_list: z.array(deployment).min(1),
  general_settings: z.strictObject({ master_key: key.optional() }).optional(),
});

export type ModelList = z.output<typeof modelListSchema>;
type Deployment = ModelList['model_list'][number];

export const isModelList = (raw: unknown): boolean => typeof raw === 'object' && raw !== null && 'model_list' in raw;

/** `os.environ/NAME`, as such files write it, in our own way of writing it. */
export const withReferences = (text: string): string => text.replace(/^os\.environ\/([A-Za-z_]\w*)$/, '${$1}');

/** Of a list whose shape is right. */
export function* brokenModelListRules(list: ModelList): Generator<Broken> {
  for (const [index, each] of list.model_list.entries()) {
    const path = ['model_list', index, 'litellm_params'] as const;
    const provider = providerOf(each);
    if (provider === undefined) {
      yield { path: [...path, 'model'], message: `expected provider/model with one of ${Object.keys(PREFIXES).join(', ')}` };
    } else if (addressOf(provider, {}) === null && each.litellm_params.api_base === undefined) {
      yield { path: [...path, 'api_base'], message: `is required for ${provider}` };
    }
  }
}

/** Throws on a list that breaks a rule, which would be our own bug. */
export function fileOfModelList({ model_list: list, general_settings: general }: ModelList): FileShape {
  const accounts = new Map<string, Account>();
  const routes = new Map<string, { connection: string; model: string; weight: number }[]>();
  for (const each of list) {
    const account = accountOf(each, accounts);
    const { weight = 1 } = each.litellm_params;
    tightenLimits(account, each);
    const route = { connection: account.name, model: modelOf(each), weight };
    routes.set(each.model_name, [...(routes.get(each.model_name) ?? []), route]);
  }
  return fileSchema.parse({
    version: 1,
    connections: [...accounts.values()].map(({ limits, ...connection }) => ({ ...connection, limits: [...limits.values()] })),
    resources: [...routes].map(([resource, places]) => ({ name: resource, routes: places })),
    api_keys: general?.master_key ? [{ name: 'master', key: general.master_key }] : [],
  });
}

interface Account {
  readonly name: string;
  readonly provider: ProviderId;
  readonly base_url: string | undefined;
  readonly credentials: { readonly api_key: string | undefined; readonly organization: string | undefined };
  /** By dimension and model: two deployments of one model at one account share its limit. */
  readonly limits: Map<string, { model: string; per: '60s'; requests?: number; total_tokens?: number }>;
}

/** One for each provider, address and key; the second of a provider is called `openai-2`. */
function accountOf(each: Deployment, accounts: Map<string, Account>): Account {
  const provider = providerOf(each);
  if (provider === undefined) throw new Error('a model list was read before it was checked');
  const { api_base: baseUrl, api_key: apiKey, organization } = each.litellm_params;
  const identity = JSON.stringify([provider, baseUrl, apiKey, organization]);
  const known = accounts.get(identity);
  if (known) return known;
  const earlier = [...accounts.values()].filter((account) => account.provider === provider).length;
  const account: Account = {
    name: earlier === 0 ? provider : `${provider}-${earlier + 1}`,
    provider,
    base_url: baseUrl,
    credentials: { api_key: apiKey, organization },
    limits: new Map(),
  };
  accounts.set(identity, account);
  return account;
}

function tightenLimits({ limits }: Account, each: Deployment): void {
  const { rpm, tpm } = each.litellm_params;
  const about = { model: modelOf(each), per: '60s' } as const;
  const [requests, tokens] = [`requests ${about.model}`, `total_tokens ${about.model}`];
  if (rpm !== undefined) limits.set(requests, { ...about, requests: Math.min(rpm, limits.get(requests)?.requests ?? rpm) });
  if (tpm !== undefined) limits.set(tokens, { ...about, total_tokens: Math.min(tpm, limits.get(tokens)?.total_tokens ?? tpm) });
}

/** At an address of its own, what speaks OpenAI's language is not OpenAI. */
function providerOf({ litellm_params: { model: text, api_base: baseUrl } }: Deployment): ProviderId | undefined {
  const prefix = text.includes('/') ? text.slice(0, text.indexOf('/')) : 'openai';
  const provider = Object.hasOwn(PREFIXES, prefix) ? PREFIXES[prefix] : undefined;
  return provider === 'openai' && baseUrl !== undefined ? 'openai-compatible' : provider;
}

const modelOf = ({ litellm_params: { model: text } }: Deployment): string => text.slice(text.indexOf('/') + 1);
