/**
 * A server whose clock runs ahead: what a client hears in two minutes of waiting, at once. Its answers are written by the
 * code that answers in ingress; only the time that passes between them is not waited for.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { End, Head, Job } from '@sluice/domain';
import { holdOf } from '../../src/admit/hold.ts';
import { StreamedAnswer } from '../../src/call/streamed-answer.ts';
import { WholeAnswer } from '../../src/call/whole-answer.ts';

/** What a client must have heard of the answer, whatever came between. */
export const PATIENT_ANSWER = 'worth the wait';

export interface HurriedServer {
  readonly baseURL: string;
  /** Everything written to the last client. */
  written(): string;
  stop(): Promise<void>;
}

const job = {
  id: 'job_01ARZ3NDEKTSV4RRFFQ69G5FAV',
  resource: 'fast',
  priority: 'normal',
  routes: [{ connection: 'c', name: 'main', provider: 'openai', model: 'm' }],
} as unknown as Job; // what an answer reads of it
const head: Head = {
  status: 200,
  contentType: 'text/event-stream',
  attempt: 1,
  route: 0,
  queueMs: 120_000,
  upstreamRequestId: 'req_1',
  warnings: [],
};
const end: End = { state: 'completed', last: 3, attempts: 1, usage: null, error: null, route: 0, queueMs: 120_000 };

export async function startHurriedServer(): Promise<HurriedServer> {
  let written = '';
  const server = createServer((req, res) => {
    written = '';
    const write = res.write.bind(res);
    res.write = (chunk: string | Buffer, ...rest: never[]) => {
      written += chunk.toString();
      return write(chunk, ...rest);
    };
    answer(req, res).catch((error: unknown) => res.destroy(error instanceof Error ? error : new Error(String(error))));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, // it listens on TCP
    written: () => written,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { stream = false } = JSON.parse(await text(req)) as { stream?: boolean };
  if (stream) answerStreamed(res);
  else answerWhole(req, res);
}

/** Two silent minutes in the queue, a first word, and another silent minute in the middle. */
function answerStreamed(res: ServerResponse): void {
  const now = performance.now();
  const streamed: StreamedAnswer = new StreamedAnswer({
    res,
    job,
    headers: {},
    warnings: [],
    now,
    askPosition: () => streamed.told({ position: 3, etaMs: 1_200, version: null }),
  });
  for (let second = 10; second <= 120; second += 10) streamed.tick(now + second * 1_000);
  streamed.head(head);
  streamed.data(chunk({ role: 'assistant', content: 'worth' }), 2);
  streamed.tick(performance.now() + 61_000);
  streamed.data(chunk({ content: ' the wait' }), 2);
  streamed.data(Buffer.concat([chunk({}, 'stop'), Buffer.from('data: [DONE]\n\n')]), 2);
  streamed.completed();
}

/** Two minutes in the queue, with `102 Processing` for those whom ingress would send it. */
function answerWhole({ headers }: IncomingMessage, res: ServerResponse): void {
  const now = performance.now();
  const { processing } = holdOf({ headers, stream: false, now, maxWaitMs: null, deadline: null, outputTokens: 1 });
  const whole = new WholeAnswer({ res, job, headers: {}, warnings: [], processing, now });
  for (let second = 10; second <= 120; second += 10) whole.tick(now + second * 1_000);
  whole.head({ ...head, contentType: 'application/json' });
  whole.data(
    Buffer.from(
      JSON.stringify({
        id: 'chatcmpl-theirs',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: PATIENT_ANSWER, refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4 },
      }),
    ),
  );
  whole.completed(end);
}

const chunk = (delta: object, finish: string | null = null): Buffer =>
  Buffer.from(
    `data: ${JSON.stringify({
      id: 'chatcmpl-theirs',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta, finish_reason: finish }],
    })}\n\n`,
  );
