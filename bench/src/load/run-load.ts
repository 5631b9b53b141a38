/** Sends a plan and times every call. Lean, because it shares the machine with what it measures: one undici pool, no streams, no promises per event. */
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { bodyOf } from './body.ts';
import { describeFailure, reasonOf } from './failure-reason.ts';
import { eventReader } from './event-reader.ts';
import { BROKEN, GAVE_UP } from './plan.ts';
import type { Arrivals, LoadPlan, LoadResult } from './plan.ts';

/** Kept from plan to plan, so that a warm-up also warms the connections. */
const pools = new Map<string, Pool>();

function poolOf(origin: string): Pool {
  const pool = pools.get(origin) ?? new Pool(origin, { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  pools.set(origin, pool);
  return pool;
}

export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const record = emptyRecord();
  const startedCpu = process.cpuUsage();
  const start = performance.now();
  const now = () => performance.now() - start;
  const call = (index: number, scheduledAt: number) => makeCall({ plan, record, now, index, scheduledAt });
  if (plan.arrivals.kind === 'open') await sendOpen(plan.arrivals.at, now, call);
  else await sendClosed(plan.arrivals, now, call);
  const { user, system } = process.cpuUsage(startedCpu);
  return finished(record, now(), (user + system) / 1000);
}

type ClosedLoop = Extract<Arrivals, { readonly kind: 'closed' }>;
type MakeCall = (index: number, scheduledAt: number) => Promise<void>;

async function sendOpen(at: readonly number[], now: () => number, call: MakeCall): Promise<void> {
  const calls: Promise<void>[] = [];
  for (let index = 0; index < at.length; index = calls.length) {
    const wait = (at[index] ?? 0) - now();
    // Timers have a grain of 1 ms and wake late, never early by more than that; the scheduled time counts, not the timer's.
    if (wait > 0.5) await new Promise((resolve) => setTimeout(resolve, wait));
    else calls.push(call(index, at[index] ?? 0));
  }
  await Promise.all(calls);
}

async function sendClosed({ inFlight, forMs }: ClosedLoop, now: () => number, call: MakeCall): Promise<void> {
  let sent = 0;
  const one = async () => {
    while (now() < forMs) await call(sent++, now());
  };
  await Promise.all(Array.from({ length: inFlight }, one));
}

interface CallOrder {
  readonly plan: LoadPlan;
  readonly record: Recording;
  readonly now: () => number;
  readonly index: number;
  readonly scheduledAt: number;
}

/** Resolves when the call has ended, however it ended. */
function makeCall({ plan, record, now, index, scheduledAt }: CallOrder): Promise<void> {
  const { target, stream } = plan;
  record.scheduledAt[index] = scheduledAt;
  record.sentAt[index] = now();
  const reader = stream ? eventReader(record.eventDelays) : undefined;
  return new Promise((resolve) => {
    let status = BROKEN;
    let firstAt = Number.NaN;
    let control: Dispatcher.DispatchController | undefined;
    let gaveUp = false;
    const patience = setTimeout(() => {
      gaveUp = true;
      control?.abort(new Error('patience ended'));
    }, plan.patienceMs - (now() - scheduledAt));
    const end = (whole: boolean, failure: string | undefined) => {
      clearTimeout(patience);
      record.firstAt[index] = firstAt;
      record.endedAt[index] = now();
      record.status[index] = gaveUp ? GAVE_UP : status;
      record.events[index] = reader?.events ?? 0;
      record.whole[index] = whole ? 1 : 0;
      if (failure !== undefined) record.failures[failure] = (record.failures[failure] ?? 0) + 1;
      resolve();
    };
    const answered = (code: number) => code >= 200 && code < 300;
    let refusal = '';
    poolOf(target.origin).dispatch(
      { path: '/v1/chat/completions', method: 'POST', headers: { 'content-type': 'application/json', ...target.headers }, body: bodyOf(plan, index) },
      {
        onRequestStart: (controller) => void (control = controller),
        onResponseStart: (_controller, code) => {
          status = code;
        },
        onResponseData: (_controller, data) => {
          if (!answered(status)) refusal += data.toString('utf8', 0, 4_000);
          else reader?.read(data);
          if (Number.isNaN(firstAt) && (reader === undefined || reader.events > 0)) firstAt = now();
        },
        onResponseEnd: () => {
          const whole = answered(status) && (reader === undefined || reader.state === 'whole');
          end(whole, whole ? undefined : `${status} ${reader && answered(status) ? reader.state : reasonOf(refusal)}`);
        },
        onResponseError: (_controller, error) => end(false, gaveUp ? 'patience ended' : describeFailure(error)),
      },
    );
  });
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Columns = Pick<LoadResult, 'scheduledAt' | 'sentAt' | 'firstAt' | 'endedAt' | 'status' | 'events' | 'whole' | 'eventDelays'>;
type Recording = Mutable<Record<keyof Columns, number[]>> & { readonly failures: Record<string, number> };

const emptyRecord = (): Recording =>
  ({ scheduledAt: [], sentAt: [], firstAt: [], endedAt: [], status: [], events: [], whole: [], eventDelays: [], failures: {} });

const finished = (record: Recording, wallMs: number, cpuMs: number): LoadResult => ({
  scheduledAt: Float64Array.from(record.scheduledAt),
  sentAt: Float64Array.from(record.sentAt),
  firstAt: Float64Array.from(record.firstAt),
  endedAt: Float64Array.from(record.endedAt),
  status: Int16Array.from(record.status),
  events: Int32Array.from(record.events),
  whole: Uint8Array.from(record.whole),
  eventDelays: Float32Array.from(record.eventDelays),
  failures: record.failures,
  wallMs,
  cpuMs,
});
