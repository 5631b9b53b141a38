/**
 * The system as these clients meet it: resources that answer, are late, fail, are cut, and one connection that is narrow
 * enough to make calls wait. What a client asked for is told apart by its correlation id, which is no part of the body.
 */
import { waitFor } from '@sluice/testkit';
import type { CallRecord, Rule } from '@sluice/testkit';
import { expect } from 'vitest';
import { KEY, plainConfiguration, startSystem } from '../system.ts';
import type { System } from '../system.ts';

/** May use `fast` and nothing else. */
export const LITTLE_KEY = 'sk-of-little-permission';
/** The first byte comes this late: behind the 10 s after which the status of a stream is committed. */
const LATE_MS = 12_000;
const THROTTLED_MS = 90_000;

const connection = (name: string, limits: string) =>
  `  - { name: ${name}, provider: openai-compatible, base_url: "\${SIM_0}", credentials: { api_key: sk-${name} }, limits: [${limits}] }`;
const resource = (name: string, model: string, on = 'main') =>
  `  - { name: ${name}, priority: normal, routes: [{ connection: ${on}, model: ${model} }] }`;

const configuration = plainConfiguration
  .replace(
    'priorities:',
    [connection('narrow', '{ concurrency: 1 }'), connection('throttled', '{ requests: 100, per: 60s }'), 'priorities:'].join(
      '\n',
    ),
  )
  .replace(
    'resources:',
    [
      'resources:',
      resource('smart', 'gpt-paced-latency-5ms-chunk-1ms'),
      resource('late', `gpt-late-latency-${LATE_MS}ms`),
      resource('cut', 'gpt-cut'),
      resource('failing', 'gpt-failing'),
      resource('hanging', 'gpt-hanging'),
      resource('narrow', 'gpt-narrow', 'narrow'),
      resource('narrow-held', 'gpt-narrow-held', 'narrow'),
      resource('throttled', 'gpt-throttled', 'throttled'),
    ].join('\n'),
  )
  .replace('settings:', `  - { name: little, key: ${LITTLE_KEY}, resources: [fast], priorities: [normal] }\nsettings:`);

const RULES: readonly Rule[] = [
  { when: { model: 'gpt-failing' }, fault: { kind: 'status', status: 500 } },
  { when: { model: 'gpt-hanging' }, fault: { kind: 'hang' } },
  { when: { model: 'gpt-narrow-held' }, fault: { kind: 'hang' } },
  { when: { model: 'gpt-throttled' }, fault: { kind: 'throttle', retryAfterMs: THROTTLED_MS } },
];

export interface JobRow {
  readonly id: string;
  readonly state: string;
  readonly error_code: string | null;
  readonly priority: string;
  readonly attempts: number;
  readonly tags: readonly string[];
  readonly created_at: Date;
}

export interface Scene {
  readonly system: System;
  /** With `/v1`, as clients are told. */
  readonly baseURL: string;
  /** What the provider was asked for this model. */
  calls(model: string): readonly CallRecord[];
  /** From now on, calls to `cut` end after so many bytes. Before that some are answered whole: a model whose calls mostly fail
   *  would be given a rest. */
  cutAt(byte: number): Promise<void>;
  openCalls(): Promise<number>;
  /** Resolves with the time (epoch ms) when a call waits behind the one that occupies the connection. */
  oneWaits(): Promise<number>;
  /** Takes the only place of the narrow connection. The promise it answers with resolves when the place is free again. */
  occupy(): Promise<() => Promise<void>>;
  /** Every job with this correlation id, once all that has ended so far is in audit. */
  jobsOf(correlationId: string): Promise<readonly JobRow[]>;
  stop(): Promise<void>;
}

export async function startScene(): Promise<Scene> {
  const system = await startSystem({ configuration, simulators: [{ limits: [], latencyMs: 0, chunkEveryMs: 0, script: RULES }] });
  const [simulator] = system.simulators;
  if (!simulator) throw new Error('a scene has a provider');
  const calls = (model: string) => simulator.calls().filter((call) => call.model === model);
  const rows = (correlationId: string) =>
    system.query<JobRow>(
      'select id, state, error_code, priority, attempts, tags, created_at from audit where correlation_id = $1 order by created_at',
      [correlationId],
    );
  const openCalls = async () =>
    Number(/sluice_open_calls\{[^}]*\} (\d+)/.exec(await (await fetch(`${system.url}/metrics`)).text())?.[1]);
  let marks = 0;

  return {
    system,
    calls,
    baseURL: `${system.url}/v1`,
    cutAt: async (atByte) => {
      simulator.script(RULES);
      const whole = Array.from({ length: 6 }, (_, index) => system.chat({ model: 'cut', messages: [{ role: 'user', content: `whole ${atByte} ${index}` }] }));
      for (const response of await Promise.all(whole)) await response.arrayBuffer();
      simulator.script([...RULES, { when: { model: 'gpt-cut' }, fault: { kind: 'cut', atByte } }]);
    },
    openCalls,
    oneWaits: async () => {
      await waitFor(async () => (await openCalls()) === 2, { withinMs: 5_000, what: 'a call waits behind another' });
      return Date.now();
    },
    occupy: async () => {
      const held = () => calls('gpt-narrow-held').filter(({ outcome }) => outcome === 'open').length;
      const leaving = new AbortController();
      system
        .chat({ model: 'narrow-held', messages: [{ role: 'user', content: `hold ${++marks}` }] }, { signal: leaving.signal })
        .catch(() => undefined);
      await waitFor(() => held() === 1, { withinMs: 10_000, what: 'the narrow connection is taken' });
      return async () => {
        leaving.abort();
        await waitFor(() => held() === 0, { withinMs: 10_000, what: 'the narrow connection is free' });
      };
    },
    jobsOf: async (correlationId) => {
      // The journal is read in order: behind this call's row stand those of every job that had ended before it.
      const mark = `mark ${++marks} of ${correlationId}`;
      await (
        await system.chat(
          { model: 'fast', messages: [{ role: 'user', content: mark }] },
          { headers: { 'x-sluice-correlation-id': mark } },
        )
      ).arrayBuffer();
      await waitFor(async () => (await rows(mark)).length > 0, {
        withinMs: 20_000,
        what: `an audit row of the ${mark}`,
        everyMs: 50,
      });
      return rows(correlationId);
    },
    stop: () => system.stop(),
  };
}

/** Headers by which the jobs of a call are found again. */
export const asked = (correlationId: string, more: Readonly<Record<string, string>> = {}) => ({
  'x-sluice-correlation-id': correlationId,
  ...more,
});

/** A job that was made before its client tried again, and answered that second try. */
export const takenOver = (triedAgainAt: number, id: unknown = expect.any(String)) =>
  expect.objectContaining({
    id,
    state: 'completed',
    attempts: 1,
    created_at: expect.toSatisfy((at: Date) => at.getTime() < triedAgainAt, 'made before its client tried again'),
  });

/** What a call was refused with; rejects when it was answered. */
export async function refused(call: Promise<unknown>): Promise<unknown> {
  const [settled] = await Promise.allSettled([call]);
  if (settled.status === 'fulfilled') throw new Error('it was answered');
  return settled.reason;
}

export { KEY };
