/** Opens a call: the answer in the shape that was asked for, the frames wherever they are, and the measures at its end. */
import type { ServerResponse } from 'node:http';
import type { Job } from '@sluice/domain';
import type { EdgeParts, Visit } from '../visit.ts';
import { statusOf } from '../visit.ts';
import { leaveKept } from '../kept/leave-kept.ts';
import { framesOf } from '../kept/frames.ts';
import { Call } from './call.ts';
import type { CallResult } from './call.ts';
import { StreamedAnswer } from './streamed-answer.ts';
import { WholeAnswer } from './whole-answer.ts';

export interface Opening {
  readonly job: Job;
  readonly warnings: readonly string[];
  readonly processing: boolean;
  /** The job is another call's: its frames are not sent here. */
  readonly guest?: boolean;
  readonly onClosed?: () => void;
}

export function openCall({ res, headers, endpoint }: Visit, opening: Opening, parts: EdgeParts): Call {
  const { door, log, calls, metrics, now, kept } = parts;
  const { job, warnings, processing, guest = false } = opening;
  const common = { res, job, headers, warnings, now: performance.now() };
  const whole = job.stream ? undefined : new WholeAnswer({ ...common, processing });
  const streamed = whole ? undefined : new StreamedAnswer({ ...common, askPosition: () => {
    // A heartbeat is a courtesy: where the position cannot be had, none is told.
    door.position(job).then((position) => streamed?.told(position), () => streamed?.told(undefined));
  } });
  const answer = whole ?? streamed;
  if (!answer) throw new Error('a call is whole or streamed');
  metrics.callOpened();
  const onClosed = (call: Call, result: CallResult) => {
    calls.remove(call);
    measure({ job, res, result, endpoint }, parts);
    opening.onClosed?.();
  };
  const keeping = job.kept ? { kept: { framesAfter: framesOf(kept, job), onLeft: (left: Job) => leaveKept(left, kept) } } : {};
  const call = new Call({ job, res, answer, guest }, { door, log, now, onClosed, ...keeping });
  calls.add(call);
  return call;
}

interface Measured {
  readonly job: Job;
  readonly res: ServerResponse;
  readonly result: CallResult;
  readonly endpoint: string;
}

function measure({ job, res, result, endpoint }: Measured, { metrics, log }: EdgeParts): void {
  metrics.callClosed();
  // Counted in the next turn, when the answer has its status.
  setImmediate(() => {
    metrics.requestAnswered({ endpoint, status: statusOf(res), code: result.code });
    if (result.queueMs !== null) metrics.callHeld(job.priority, result.queueMs / 1_000);
    log.debug({ job: job.id, resource: job.resource, priority: job.priority, code: result.code, queueMs: result.queueMs }, 'call answered');
  });
}
