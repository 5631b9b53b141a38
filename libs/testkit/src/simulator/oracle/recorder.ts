/** Keeps the oracle's log: every call, and which limits were in force when. */
import type { Limit } from '@sluice/domain';
import type { Counting } from '../limits/enforcer.ts';
import type { CallRecord } from './call.ts';
import { reportOf, type Era, type OracleReport, type Span } from './oracle.ts';

export type Arrived = Pick<CallRecord, 'arrivedAt' | 'key' | 'model' | 'stream' | 'inputTokens' | 'maxOutputTokens'>;

export interface Recorder {
  arrived(call: Arrived): CallRecord;
  limitsBecome(limits: readonly Limit[], now: number): void;
  /** Since the last reset, those forgotten included. */
  count(): number;
  calls(): readonly CallRecord[];
  report(span?: Span): OracleReport;
  reset(now: number): void;
}

interface RecorderOptions {
  readonly counting: Counting;
  readonly fixedOffsetMs: number;
  /** The oldest are forgotten beyond this many. */
  readonly keep: number;
}

export function createRecorder(options: RecorderOptions, limits: readonly Limit[], now: number): Recorder {
  let calls: CallRecord[] = [];
  let forgotten = 0;
  let since = now;
  let eras: Era[] = [{ limits, since: now, until: null }];

  return {
    arrived(call) {
      const record: CallRecord = {
        n: forgotten + calls.length + 1,
        ...call,
        outputTokens: 0, outcome: 'open', charged: false, status: 0, refusedBy: null, fault: null, recording: null,
        bytesSent: 0, firstByteAt: null, endedAt: null, clientGoneAt: null,
      };
      calls.push(record);
      // Cut off in one piece: dropping one a call would move the whole list each time.
      if (calls.length >= options.keep * 1.1 + 1) {
        forgotten += calls.length - options.keep;
        calls = calls.slice(-options.keep);
      }
      return record;
    },
    limitsBecome(next, at) {
      eras = [...eras.map((era) => (era.until === null ? { ...era, until: at } : era)), { limits: next, since: at, until: null }];
    },
    count: () => forgotten + calls.length,
    calls: () => calls,
    report: (span) => reportOf(
      { calls, eras, since, forgotten, counting: options.counting, fixedOffsetMs: options.fixedOffsetMs }, span,
    ),
    reset(at) {
      calls = [];
      forgotten = 0;
      since = at;
      eras = eras.filter((era) => era.until === null).map((era) => ({ ...era, since: at }));
    },
  };
}
