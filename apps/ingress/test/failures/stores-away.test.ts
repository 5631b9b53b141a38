/** A store goes away under traffic and comes back. */
import { waitFor } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { plainConfiguration, startSystem, type System } from '../system.ts';
import { expectInvariants } from './invariants.ts';
import { startOwnRedis } from './own-redis.ts';
import { call, volley, type Ended } from './traffic.ts';

/** Nothing in the system knows of a longer time than this; a minute or more can be asked for. */
const AWAY_MS = Number(process.env['SLUICE_AWAY_MS'] ?? 12_000);

const awayLongEnough = (since: number) => () => performance.now() - since > AWAY_MS;

/** One call after the other until told to end. */
async function steadily(system: System, until: () => boolean): Promise<Ended[]> {
  const ended: Ended[] = [];
  while (!until()) ended.push(await call(system, { stream: ended.length % 2 === 0, url: system.url, maxTokens: 5 }));
  return ended;
}

test('Postgres away: synchronous calls go on, and the audit is complete afterwards', async () => {
  const system = await startSystem({ wired: true });
  try {
    const before = await volley(system, 10);
    await system.postgres?.cut();
    const during = await steadily(system, awayLongEnough(performance.now()));
    await system.postgres?.mend();
    const after = await volley(system, 10);
    const all = [...before, ...during, ...after];
    expect(all.filter(({ kind }) => kind !== 'answered')).toEqual([]);
    await expectInvariants(system, all);
    expect(await system.query('select id from audit')).toHaveLength(all.length);
    expect(await system.query('select job from audit_attempt')).toHaveLength(all.length);
  } finally {
    await system.stop();
  }
}, 120_000 + AWAY_MS);

test('Redis killed and started again: what waits gets a 503, what streams an error event, and the system recovers by itself', async () => {
  const redis = await startOwnRedis();
  const slow = { limits: [], latencyMs: 0, chunkEveryMs: 200 };
  // A model whose name says nothing of its pace.
  const configuration = plainConfiguration.replaceAll('gpt-4o-mini-instant', 'gpt-4o-mini');
  const system = await startSystem({ redisUrl: redis.url, simulators: [slow], configuration });
  try {
    const streaming = Array.from({ length: 4 }, () => call(system, { stream: true, url: system.url, maxTokens: 60 }));
    await waitFor(() => system.simulators[0]?.calls().filter(({ firstByteAt }) => firstByteAt !== null).length === 4, { withinMs: 10_000, what: 'four streams' });
    system.simulators[0]?.script([{ when: {}, fault: { kind: 'hang' } }]);
    const waiting = Array.from({ length: 4 }, () => call(system, { stream: false, url: system.url }));
    await waitFor(() => system.simulators[0]?.calls().length === 8, { withinMs: 10_000, what: 'four more calls' });
    await redis.kill();
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ kind: 'error', status: 503, code: 'unavailable' })));
    expect(await Promise.all(streaming)).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ kind: 'error', status: 200, code: 'unavailable' })));
    expect(await call(system, { stream: false, url: system.url })).toMatchObject({ kind: 'error', status: 503, code: 'unavailable' });

    system.simulators[0]?.script([]);
    await redis.start();
    const again = await waitFor(async () => {
      const one = await call(system, { stream: false, url: system.url });
      return one.kind === 'answered' ? one : undefined;
    }, { withinMs: 20_000, what: 'calls are answered again', everyMs: 200 });
    await expectInvariants(system, [again, ...await volley(system, 10)], 60_000);
  } finally {
    await redis.start();
    await system.stop();
    await redis.stop();
  }
}, 180_000);
