/** Calls as clients make them, and what became of each. */
import type { System } from '../system.ts';

export type Ended =
  /** 200, and for a stream its terminator. */
  | { readonly kind: 'answered'; readonly job: string; readonly characters: number }
  /** An HTTP error with our body, or a stream that ended with an error event. */
  | { readonly kind: 'error'; readonly job: string | null; readonly status: number; readonly code: string }
  /** The connection broke and nothing was said. */
  | { readonly kind: 'broken'; readonly job: string | null };

export interface Call {
  readonly stream: boolean;
  /** Base URL of an ingress. */
  readonly url: string;
  readonly maxTokens?: number;
}

export async function call(system: System, { stream, url, maxTokens = 20 }: Call): Promise<Ended> {
  let job: string | null = null;
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${system.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'fast', stream, max_tokens: maxTokens, messages: [{ role: 'user', content: 'hello' }] }),
      signal: AbortSignal.timeout(60_000),
    });
    job = response.headers.get('x-request-id');
    if (!response.ok) {
      const { error } = (await response.json()) as { error: { code: string } }; // the one error body
      return { kind: 'error', job, status: response.status, code: error.code };
    }
    return stream ? await readStream(response, job) : { kind: 'answered', job: job ?? '', characters: textOf(await response.json()).length };
  } catch {
    return { kind: 'broken', job };
  }
}

interface Answer { readonly choices: readonly { readonly message: { readonly content: string } }[] }

const textOf = (body: unknown): string => (body as Answer).choices[0]?.message.content ?? ''; // the simulator's own shape

/** An error event counts as an error even when the connection is then destroyed, as it must be. */
async function readStream(response: Response, job: string | null): Promise<Ended> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
  } catch {
    if (!text.includes('"error"')) return { kind: 'broken', job };
  }
  const error = /data: (\{"error".*\})/.exec(text);
  if (error) return { kind: 'error', job, status: 200, code: (JSON.parse(error[1] ?? '') as { error: { code: string } }).error.code };
  return text.includes('data: [DONE]') ? { kind: 'answered', job: job ?? '', characters: text.length } : { kind: 'broken', job };
}

/** Half of them streams, all at once, to the system's first ingress unless told otherwise. */
export const volley = (system: System, calls: number, url = system.url): Promise<Ended[]> =>
  Promise.all(Array.from({ length: calls }, (_, index) => call(system, { stream: index % 2 === 0, url })));
