/** What earlier answers left for this request, and what this answer leaves: behind it stands the memory of libs/queue. */
import type { Job } from '@sluice/domain';
import { callIdsIn, type Remembered } from '@sluice/wire';
import type { Tools } from './tools.ts';

type Remembers = Pick<Tools, 'memory' | 'log'>;

/** By tool call id. Empty where nothing is to be had: a conversion does without, and says so. */
export async function recollect({ memory, log }: Remembers, { id, environment, apiKey }: Job, body: Buffer): Promise<ReadonlyMap<string, Remembered>> {
  const callIds = callIdsIn(body.toString());
  if (callIds.length === 0) return new Map();
  try {
    const kept = await memory.recall({ environment, apiKey }, callIds);
    return new Map([...kept].map(([callId, value]) => [callId, JSON.parse(value) as Remembered])); // our own, written below
  } catch (error) {
    log.warn({ error, job: id }, 'what was remembered of tool calls cannot be read; the request goes without');
    return new Map();
  }
}

/** Best effort: without it the next request of the loop goes without its thoughts, with a warning. */
export async function remember({ memory, log }: Remembers, { id, environment, apiKey }: Job, remembered: readonly Remembered[]): Promise<void> {
  if (remembered.length === 0) return;
  try {
    await memory.keep({ environment, apiKey }, new Map(remembered.map((one) => [one.callId, JSON.stringify(one)])));
  } catch (error) {
    log.warn({ error, job: id }, 'thoughts behind tool calls could not be remembered');
  }
}
