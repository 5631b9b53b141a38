/** Makes the call and reads its answer: from a prepared request to how the attempt ended. */
import type { Frame, Heard, Job } from '@sluice/domain';
import { requestIdOf, type AnswerHead, type CallEnd } from '@sluice/providers';
import { crashPoint, type Granted } from '@sluice/queue';
import { latestArrival, outcomeOfCall, settlementOf } from './call-outcome.ts';
import type { Control } from './control.ts';
import type { Cooldown } from './cooldowns.ts';
import type { Ending } from './ending.ts';
import { countFrames } from './frames.ts';
import { heardEarly, heardOf } from './heard.ts';
import type { Prepared } from './prepare.ts';
import { readStream } from './read-stream.ts';
import { remember } from './recollection.ts';
import { readWhole } from './read-whole.ts';
import type { Reader, ReaderContext } from './reader.ts';
import type { Tools } from './tools.ts';

/** A call that ends sooner than this after its arrival is settled anyway: telling of the arrival first would be for nothing. */
const REPORT_AFTER_MS = 200;
/** Once the answer is whole the connection is given this long to end it too, and be used again. */
const LINGER_MS = 1_000;

export interface Sending {
  readonly job: Job;
  readonly granted: Granted;
  readonly control: Control;
  readonly prepared: Prepared;
}

/** Rejects only when frames could not be kept: then nobody can tell how the attempt ended, and redelivery decides. */
export async function send(tools: Tools, sending: Sending): Promise<Ending> {
  const { job, granted, control, prepared } = sending;
  const guardMs = tools.guards.msOf(prepared.connection);
  const frames = countFrames(job);
  const publisher = openPublisher(tools, granted, control);
  const linger = openLinger(control);
  const arrival = openArrivalReport(tools, granted, guardMs);
  let head: AnswerHead | undefined;
  let reader: Reader | undefined;
  let closed: Cooldown | undefined;
  let sentAt = 0;

  const end = await tools.transport.call({ ...prepared.request, signal: control.signal }, {
    maySend() {
      crashPoint('send:before');
      closed = isOurAccount(job) ? tools.cooldowns.closing(granted, tools.now()) : undefined;
      return closed === undefined;
    },
    onSent(at) {
      crashPoint('send:sent');
      sentAt = at;
      arrival.sent(at);
    },
    onHead(answer) {
      head = answer;
      arrival.answered(answer.at, isOurAccount(job) ? heardEarly(prepared.provider, answer, sentAt || answer.at) : null);
      const { provider, answering, warnings } = prepared;
      const context = { job, granted, provider, answering, warnings, head, sentAt: sentAt || answer.at, frames };
      reader = openReader({ ...context, publish: publisher.publish, onDone: linger.begin });
    },
    onData: (chunk) => reader?.take(chunk),
  });

  linger.stop();
  arrival.stop();
  await publisher.done();
  const ending = endingOf(sending, { end, head, reader, closed, last: frames.last, guardMs });
  noteRefusal(tools, sending, ending);
  // Before the end is recorded: the client may come back with the results of its calls as soon as it has it.
  await remember(tools, job, prepared.answering.remembered());
  return ending;
}

/** What a provider says of the account of a caller who brought a key tells nothing of the connection's own. */
const isOurAccount = ({ providerKey }: Job): boolean => providerKey === undefined;

/** What is granted already must not be sent now. A call that never left says nothing new of its provider. */
function noteRefusal(tools: Tools, { job, granted, prepared }: Sending, { outcome, call: { sentAt, endedAt: heardAt } }: Ending): void {
  if (outcome.kind !== 'throttled' || sentAt === null || !isOurAccount(job)) return;
  tools.guards.refused(prepared.connection);
  tools.cooldowns.refused(granted, { heardAt, until: heardAt + outcome.retryAfterMs, scope: outcome.scope });
}

interface Answered {
  readonly end: CallEnd;
  readonly head: AnswerHead | undefined;
  readonly reader: Reader | undefined;
  readonly closed: Cooldown | undefined;
  readonly last: () => number;
  readonly guardMs: number;
}

function endingOf({ job, granted, control, prepared }: Sending, { end, head, reader, closed, last, guardMs }: Answered): Ending {
  const reading = reader?.conclude(end.failure);
  const called = { job, route: granted.r, end, reading, closed, gaveUp: control.reason() };
  const outcome = outcomeOfCall(called);
  return {
    outcome,
    settlement: settlementOf(called, outcome, {
      guardMs, heard: isOurAccount(job) ? heardOf(prepared.provider, { end, head, outcome }) : null,
      countsCachedInput: prepared.provider.profile.countsCachedInput,
    }),
    frames: reading?.frames ?? [],
    last: last(),
    begun: reading?.begun ?? false,
    costs: outcome.kind !== 'lost' && outcome.kind !== 'throttled',
    call: {
      sentAt: end.sentAt, firstByteAt: end.firstByteAt, endedAt: end.endedAt,
      httpStatus: head?.status ?? null,
      upstreamRequestId: head ? requestIdOf(prepared.provider.profile, head.headers) : null,
    },
    note: outcome.kind === 'lost' ? (end.failure === 'late' ? 'late' : 'stopping') : null,
  };
}

/** A stream is read as one unless it was answered in one piece: an error, or a provider that does not stream. */
function openReader(context: ReaderContext): Reader {
  const { status, headers } = context.head;
  const isJson = String(headers['content-type'] ?? '').includes('json');
  return context.job.stream && status >= 200 && status < 300 && !isJson ? readStream(context) : readWhole(context);
}

/** Publishes, and gives the call up where frames cannot be kept. */
function openPublisher(tools: Tools, granted: Granted, control: Control) {
  let failure: { readonly cause: unknown } | undefined;
  let latest: Promise<void> = Promise.resolve();
  const onFailure = (cause: unknown): void => {
    failure ??= { cause };
    control.giveUp({ kind: 'unkept', cause });
  };
  return {
    publish(frames: readonly Frame[]): Promise<void> {
      latest = tools.dispatch.publish(granted, frames);
      latest.catch(onFailure);
      return latest;
    },
    /** Frames are kept in order, so the latest is kept last. */
    async done(): Promise<void> {
      await latest.catch(onFailure);
      if (failure) throw new Error(`frames of ${granted.j} could not be kept`, { cause: failure.cause });
    },
  };
}

function openLinger(control: Control) {
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: (): void => {
      timer ??= setTimeout(() => control.giveUp({ kind: 'answered' }), LINGER_MS);
    },
    stop: (): void => clearTimeout(timer),
  };
}

/** Lets the windows move on while a long call runs. What is told is when it arrived at the latest, not when we tell. */
function openArrivalReport(tools: Tools, granted: Granted, guardMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const reportLater = (arrivedAt: number, heard: Heard | null): void => {
    clearTimeout(timer);
    const inMs = Math.max(0, arrivedAt - tools.now()) + REPORT_AFTER_MS;
    timer = setTimeout(() => tools.dispatch.reportSent(granted, arrivedAt, heard), inMs);
  };
  return {
    sent: (at: number): void => reportLater(latestArrival({ bodySentAt: at, firstByteAt: null, endedAt: at }, guardMs), null),
    answered: (at: number, heard: Heard | null): void => reportLater(at, heard),
    stop: (): void => clearTimeout(timer),
  };
}
