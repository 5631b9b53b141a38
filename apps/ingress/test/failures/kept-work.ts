/**
 * Work that is handed over while everything around it dies: jobs and a batch, each with a name that stands in what the
 * provider is sent, in what Postgres keeps and in what is told of it, so that three records can be held against each other.
 */
import { KEY, type System } from '../system.ts';

export interface KeptWork {
  /** Names of the jobs that were accepted, by id. */
  readonly jobs: ReadonlyMap<string, string>;
  readonly batch: string | null;
}

/** Whoever hands work over asks until it is accepted: with one key it is accepted once, however often that takes. */
const ACCEPTED_WITHIN_MS = 90_000;
const ASK_AGAIN_MS = 200;
/** An ingress that stands still is not waited for. */
const ANSWERED_WITHIN_MS = 8_000;

const bodyOf = (name: string) => ({ model: 'fast', max_tokens: 10, messages: [{ role: 'user', content: name }] });

/** Of a request as the provider received it. */
export const nameIn = (body: string): string => (JSON.parse(body) as ReturnType<typeof bodyOf>).messages[0]?.content ?? ''; // made above

/** The id of the job. */
export async function handOverJob(system: System, name: string, webhook: string): Promise<string> {
  const { id } = await insist(system, 'jobs', {
    body: JSON.stringify({ endpoint: '/v1/chat/completions', body: bodyOf(name), sluice: { correlation_id: name, webhook: { url: webhook } } }),
    headers: { 'idempotency-key': name },
  });
  return id;
}

/** The id of the batch. */
export async function handOverBatch(system: System, names: readonly string[], webhook: string): Promise<string> {
  const lines = names.map((name) => JSON.stringify({ custom_id: name, method: 'POST', url: '/v1/chat/completions', body: bodyOf(name) }));
  const form = () => {
    const made = new FormData();
    made.append('purpose', 'batch');
    made.append('file', new Blob([lines.join('\n')]), 'lines.jsonl');
    return made;
  };
  const file = await insist(system, 'files', { body: form });
  const { id } = await insist(system, 'batches', {
    body: JSON.stringify({ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h', sluice: { webhook: { url: webhook } } }),
    headers: { 'idempotency-key': 'the-batch' },
  });
  return id;
}

interface Asking {
  /** A form is made anew for each try. */
  readonly body: string | (() => FormData);
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an ingress that lives at last answers. Throws on a refusal that asking again does not change. */
async function insist(system: System, path: string, { body, headers = {} }: Asking): Promise<{ readonly id: string }> {
  const until = performance.now() + ACCEPTED_WITHIN_MS;
  for (let tries = 0; performance.now() < until; tries += 1) {
    const ingresses = system.apps('ingress');
    const url = ingresses[tries % Math.max(1, ingresses.length)]?.url;
    const response = url === undefined ? undefined : await fetch(`${url}/v1/${path}`, {
      method: 'POST', headers: { authorization: `Bearer ${KEY}`, ...headers }, signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
      body: typeof body === 'string' ? body : body(),
    }).catch(() => undefined); // it died
    const text = await response?.text().catch(() => undefined);
    if (response?.ok && text !== undefined) return JSON.parse(text) as { id: string }; // what the API describes
    if (response && response.status !== 503 && text !== undefined) throw new Error(`/v1/${path} answered ${response.status}: ${text}`);
    await new Promise((resolve) => { setTimeout(resolve, ASK_AGAIN_MS); });
  }
  throw new Error(`/v1/${path} was accepted by nobody within ${ACCEPTED_WITHIN_MS} ms`);
}
