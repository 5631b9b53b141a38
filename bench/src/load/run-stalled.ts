/** Clients that open a stream, read its beginning, and then stop reading: what is sent must pile up somewhere, and it must not be in the gateway. */
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { bodyOf } from './body.ts';
import type { StalledPlan, StalledResult } from './plan.ts';

type End = 'whole' | 'error' | 'broken';

export async function runStalled(plan: StalledPlan, onStalling: () => void): Promise<StalledResult> {
  const agent = new Agent({ keepAlive: false });
  const streams = await Promise.all(Array.from({ length: plan.streams }, (_, index) => begin(plan, agent, index)));
  const begun = streams.filter((stream) => stream !== undefined);
  onStalling();
  await new Promise((resolve) => setTimeout(resolve, plan.stalledMs));
  const ends = await Promise.all(begun.map(readOn));
  agent.destroy();
  const count = (end: End) => ends.filter((each) => each.end === end).length;
  return {
    begun: begun.length, whole: count('whole'), withError: count('error'), broken: count('broken'),
    bytes: ends.reduce((total, { bytes }) => total + bytes, 0),
  };
}

/** Resolves when the first bytes are there, with a stream that nobody reads; undefined when it never begins. */
function begin(plan: StalledPlan, agent: Agent, index: number): Promise<IncomingMessage | undefined> {
  const { target, outputTokens, patienceMs } = plan;
  const body = bodyOf({ target, stream: true, patienceMs, bodies: { kind: 'bytes', bytes: 200, outputTokens }, arrivals: { kind: 'open', at: [] } }, index);
  return new Promise((resolve) => {
    const call = request(`${target.origin}/v1/chat/completions`, {
      agent, method: 'POST', headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...target.headers },
      timeout: patienceMs,
    }, (response) => {
      // A stream that breaks while nobody reads is counted when it is read on.
      response.on('error', () => {});
      response.once('readable', () => resolve(response.statusCode === 200 ? response : undefined));
    });
    call.on('error', () => resolve(undefined));
    call.end(body);
  });
}

/** Reads a stream to its end, however it ends. */
function readOn(response: IncomingMessage): Promise<{ readonly end: End; readonly bytes: number }> {
  return new Promise((resolve) => {
    let bytes = 0;
    let tail = '';
    let failed = false;
    const finish = () => resolve({ bytes, end: failed ? 'error' : tail.includes('data: [DONE]') && response.complete ? 'whole' : 'broken' });
    if (response.errored || response.destroyed) {
      finish();
      return;
    }
    response.on('data', (data: Buffer) => {
      bytes += data.length;
      tail = (tail + data.toString('latin1')).slice(-400);
      failed ||= tail.includes('data: {"error"');
    });
    response.once('close', finish);
  });
}
