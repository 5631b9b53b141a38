/** Asks a server of one's own which models it has. */
import { CALL_LIMITS } from './call-limits.ts';
import { FAILURE_TEXT } from './call-failure.ts';
import type { AnswerHead, Transport } from './call.ts';
import type { Place } from './address.ts';
import type { Authorizer } from './authorize.ts';
import type { Provider } from './provider.ts';

export type Discovered =
  | { readonly kind: 'models'; readonly names: readonly string[] }
  /** `why` is one sentence for whoever configured the connection. */
  | { readonly kind: 'failed'; readonly why: string }
  /** This provider has an account's worth of models and is not asked. */
  | { readonly kind: 'not_asked' };

export interface Asking {
  readonly transport: Transport;
  readonly authorizer: Authorizer;
  /** Epoch ms of the transport's clock. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Longer than this nobody waits for a list. */
const WITHIN_MS = 10_000;

/** Never rejects for what the server does. */
export async function discoverModels(provider: Provider, place: Place, { transport, authorizer, now, signal }: Asking): Promise<Discovered> {
  if (!provider.lists) return { kind: 'not_asked' };
  const call = provider.lists.addressOf(place);
  const own = await authorizer.headersFor(call, provider.profile, place.credentials);
  const pieces: Buffer[] = [];
  let head: AnswerHead | undefined;
  const end = await transport.call({
    method: call.method, origin: call.url.origin, path: call.url.pathname + call.url.search,
    headers: { ...call.headers, ...own }, body: null, sendBy: now() + WITHIN_MS, signal,
    limits: { ...CALL_LIMITS, connectMs: WITHIN_MS, firstByteMs: WITHIN_MS, betweenChunksMs: WITHIN_MS, wholeMs: 2 * WITHIN_MS },
  }, {
    onHead: (answer) => { head = answer; },
    onData: (chunk) => { pieces.push(chunk); return undefined; },
  });
  if (end.failure !== null) return { kind: 'failed', why: FAILURE_TEXT[end.failure] };
  const body = parsed(Buffer.concat(pieces).toString());
  if (!head || head.status < 200 || head.status >= 300) {
    const { error } = provider.outcomeOf({ status: head?.status ?? 502, headers: head?.headers ?? {}, body, receivedAt: now() });
    return { kind: 'failed', why: error.message };
  }
  return { kind: 'models', names: provider.lists.namesIn(body) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page or nothing: it lists no models, and is the message of an error.
    return text;
  }
}
