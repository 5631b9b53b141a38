/** One try of one delivery: signed anew, sent once, and what is to be recorded of it. */
import { eventBody, nextTryInMs, outcomeOfStatus, type TryOutcome, webhookHeaders } from '@sluice/domain';
import { crashPoint } from '@sluice/queue';
import type { ClaimedEndpoint, DeliveryTry, DueDelivery, TriedDelivery } from '@sluice/store';
import type { Serving } from './serve-endpoint.ts';

export interface Tried {
  readonly outcome: TryOutcome;
  readonly recorded: Omit<TriedDelivery, 'endpoint'>;
}

export interface Sending {
  readonly endpoint: ClaimedEndpoint;
  readonly secrets: readonly string[];
  readonly serving: Serving;
}

/** A receiver has this long for its whole answer. */
const WITHIN_MS = 15_000;

/** Null: it was given up because the sender stops. */
export async function tryDelivery(delivery: DueDelivery, sending: Sending): Promise<Tried | null> {
  const at = Date.now();
  const started = performance.now();
  const answer = await send(delivery, at, sending);
  crashPoint('webhook:sent');
  if (answer.kind === 'none' && sending.serving.signal.aborted) return null;
  const ms = Math.round(performance.now() - started);
  const outcome: TryOutcome = answer.kind === 'none' ? { kind: 'failed', retryAfterMs: null } : outcomeOfStatus(answer.status, answer.retryAfterMs);
  const log: DeliveryTry = answer.kind === 'none'
    ? { at, ms, status: null, error: answer.error, answer: null }
    : { at, ms, status: answer.status, error: null, answer: answer.beginning };
  return { outcome, recorded: { eventId: delivery.eventId, endpointId: delivery.endpointId, log, ...whatFollows(delivery, outcome, { ms, random: sending.serving.random ?? Math.random }) } };
}

type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | null; readonly beginning: string }
  | { readonly kind: 'none'; readonly error: string };

async function send({ eventId, type, subject, createdAt, result }: DueDelivery, at: number, { endpoint, secrets, serving }: Sending): Promise<Answer> {
  const body = eventBody({ id: eventId, type, subject, createdAt, result });
  const signed = webhookHeaders({ id: eventId, timestamp: Math.floor(at / 1_000), body, secrets });
  const environment = serving.snapshot().environments.find(({ id }) => id === endpoint.environmentId);
  try {
    const answer = await serving.outside.post({
      url: endpoint.url, body, withinMs: WITHIN_MS, signal: serving.signal,
      headers: { ...signed, 'content-type': 'application/json', 'user-agent': 'sluice' },
      allowPrivate: environment?.settings.webhooksAllowPrivate ?? false,
    });
    return { kind: 'answered', ...answer };
  } catch (error) {
    return { kind: 'none', error: reasonOf(error) };
  }
}

function whatFollows({ tries, elapsedMs }: DueDelivery, outcome: TryOutcome, { ms, random }: { ms: number; random: () => number }): Pick<TriedDelivery, 'state' | 'nextTryInMs'> {
  switch (outcome.kind) {
    case 'delivered': return { state: 'delivered', nextTryInMs: null };
    case 'gone': return { state: 'failed', nextTryInMs: null };
    case 'failed': {
      const inMs = nextTryInMs({ tries: tries + 1, elapsedMs: elapsedMs + ms, retryAfterMs: outcome.retryAfterMs }, random);
      return { state: inMs === null ? 'failed' : 'waiting', nextTryInMs: inMs };
    }
    default: return outcome satisfies never;
  }
}

/** For the log of tries, which the environment's operators read. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return `no whole answer within ${WITHIN_MS / 1_000} s`;
  return 'code' in error && typeof error.code === 'string' ? `${error.code}: ${error.message}`.slice(0, 300) : error.message.slice(0, 300);
}
