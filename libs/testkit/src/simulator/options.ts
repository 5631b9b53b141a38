/** What a simulator can be told, and what it does untold: a friendly provider for a newcomer. */
import type { Limit } from '@sluice/domain';
import type { Exchange } from '../recordings/exchange.ts';
import type { Rule } from './faults/rule.ts';
import type { Counting } from './limits/enforcer.ts';
import { checkLimit } from './limits/parse.ts';
import type { AwsKey } from './manners/aws-signature.ts';

export interface Timing {
  /** From the arrival of a request to its first byte. */
  readonly latencyMs: number;
  /** Between the events of a stream; 0 sends all at once. */
  readonly chunkEveryMs: number;
  /** What an answer that is not streamed takes longer for each of its tokens. */
  readonly tokenMs: number;
}

export interface SimulatorOptions extends Partial<Timing> {
  /** On 127.0.0.1; 0 or none takes a free one. */
  readonly port?: number;
  readonly seed?: number;
  /** The keys (for AWS: ids of keys) that are good; default any but `sk-invalid`. */
  readonly keys?: readonly string[];
  /** Keys of AWS by their ids: calls in AWS' formats must be signed by one of them. Default: signatures are not looked at. */
  readonly awsKeys?: Readonly<Record<string, AwsKey>>;
  /** Default: 600 requests and 200,000 total tokens a minute, sliding. An empty list: none. */
  readonly limits?: readonly Limit[];
  readonly counting?: Counting;
  /** Windows of the model `fixed` begin at multiples of their length plus this. */
  readonly fixedOffsetMs?: number;
  /** By name of model. A name may also say it itself: `any-name-latency-500ms-chunk-10ms`, `any-name-instant`. */
  readonly models?: Readonly<Record<string, Partial<Timing>>>;
  readonly script?: readonly Rule[];
  /** What the header `x-simulate-recording` can ask for, by id. */
  readonly recordings?: readonly Exchange[];
  /** How many of the last request bodies are kept for `calls()`; default none. */
  readonly keepBodies?: number;
  /** How many of the last calls the oracle keeps one by one; default 500,000. */
  readonly keepCalls?: number;
  /** Each event of a stream tells when it was sent: first member `sent_at`, epoch ms. For measuring. */
  readonly stampEvents?: boolean;
}

export type Settings = Required<Omit<SimulatorOptions, 'script' | 'recordings' | 'latencyMs' | 'chunkEveryMs' | 'tokenMs' | 'awsKeys'>>
  & { readonly timing: Timing; readonly awsKeys: Readonly<Record<string, AwsKey>> | null; readonly script: readonly Rule[]; readonly recordings: readonly Exchange[] };

export const FRIENDLY_LIMITS: readonly Limit[] = [
  { dimension: 'requests', amount: 600, windowMs: 60_000, window: 'sliding' },
  { dimension: 'total_tokens', amount: 200_000, windowMs: 60_000, window: 'sliding' },
];

/** Known to `GET /v1/models`; requests may name any model but `no-such-model`. */
export const MODELS = ['gpt-5', 'gpt-5-mini', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4o', 'gpt-4o-mini', 'simulator'] as const;

/** @throws SluiceError invalid_request on limits that no provider enforces */
export function settingsOf(options: SimulatorOptions): Settings {
  return {
    port: options.port ?? 0,
    seed: options.seed ?? 1,
    keys: options.keys ?? [],
    awsKeys: options.awsKeys ?? null,
    limits: (options.limits ?? FRIENDLY_LIMITS).map((limit, index) => checkLimit(limit, `limits[${index}]`)),
    counting: options.counting ?? 'maximum_at_admission',
    fixedOffsetMs: options.fixedOffsetMs ?? 0,
    models: options.models ?? {},
    script: options.script ?? [],
    recordings: options.recordings ?? [],
    keepBodies: options.keepBodies ?? 0,
    keepCalls: options.keepCalls ?? 500_000,
    stampEvents: options.stampEvents ?? false,
    timing: { latencyMs: options.latencyMs ?? 40, chunkEveryMs: options.chunkEveryMs ?? 33, tokenMs: options.tokenMs ?? 0 },
  };
}

const SUFFIX = /-(latency|chunk|token)-(\d+)ms/g;
const SUFFIX_FIELD = { latency: 'latencyMs', chunk: 'chunkEveryMs', token: 'tokenMs' } as const;

/** The timing of a model: what its name says, before what its entry says, before the rest. */
export function timingOf(model: string, settings: Settings): Timing {
  const base = { ...settings.timing, ...settings.models[model] };
  if (model.endsWith('-instant')) return { latencyMs: 0, chunkEveryMs: 0, tokenMs: 0 };
  if (!model.includes('ms')) return base;
  const said = [...model.matchAll(SUFFIX)].map(([, name, ms]) =>
    [SUFFIX_FIELD[name === 'chunk' || name === 'token' ? name : 'latency'], Number(ms)] as const);
  return { ...base, ...Object.fromEntries(said) };
}
