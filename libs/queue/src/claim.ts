/** Claiming a dispatched attempt: the job first, then its permit, in one round trip. */
import type { CancelReason, Job } from '@sluice/domain';
import { CLAIM_JOB, UNCLAIM_JOB } from './lua/attempt.ts';
import { CLAIM_PERMIT } from './lua/permit.ts';
import type { OpenQueue } from './open.ts';
import { parsePermitState } from './permits.ts';
import type { Claim, EndedAttempt, Granted, StoredPermit } from './ports.ts';
import { answerOf, pipe, run, type Call } from './script.ts';

export interface Claimed {
  readonly claim: Claim;
  /** Where the job's frames go; '' when there is no claim. */
  readonly reply: string;
  /** A permit was claimed for a job that is not to be had: it must be given back. */
  readonly permitToReturn: boolean;
}

const text = (value: unknown): string => (Buffer.isBuffer(value) ? value.toString() : String(value ?? ''));
const nothing = (why: string, permitToReturn: boolean): Claimed => ({ claim: { kind: 'void', why }, reply: '', permitToReturn });

export async function claimAttempt(queue: OpenQueue, granted: Granted, token: string): Promise<Claimed> {
  const permitCall: Call = { script: CLAIM_PERMIT, keys: [queue.keys.permits(granted.c)], args: [granted.g] };
  const jobCall = claimJobCall(queue, granted, token);
  const replies = (await pipe(pipe(queue.redis.pipeline(), jobCall), permitCall).exec()) ?? [];
  const answer = (await answerOf(queue.redis, jobCall, replies[0])) as readonly unknown[]; // the script's contract
  const permit = await answerOf(queue.redis, permitCall, replies[1]);
  return settleClaim(queue, { granted, token, permit: permit === 1, answer, again: false });
}

interface Answered {
  readonly granted: Granted;
  readonly token: string;
  readonly permit: boolean;
  readonly answer: readonly unknown[];
  readonly again: boolean;
}

const claimJobCall = ({ keys }: OpenQueue, granted: Granted, token: string): Call =>
  ({ script: CLAIM_JOB, keys: [keys.job(granted.j)], args: [granted.g, token, granted.a, granted.r] });

async function claimJobAgain(queue: OpenQueue, granted: Granted, token: string): Promise<readonly unknown[]> {
  const call = claimJobCall(queue, granted, token);
  const [reply] = (await pipe(queue.redis.pipeline(), call).exec()) ?? [];
  return (await answerOf(queue.redis, call, reply)) as readonly unknown[]; // the script's contract
}

async function settleClaim(queue: OpenQueue, given: Answered): Promise<Claimed> {
  const { granted, permit, answer } = given;
  const kind = text(answer[0]);
  const unclaim = (grant: number) => run(queue.redis, UNCLAIM_JOB, [queue.keys.job(granted.j)], [grant]);
  switch (kind) {
    case 'claimed':
      if (permit) return begun(granted, answer, text(answer[3]));
      await unclaim(granted.g);
      return nothing('the permit was withdrawn', false);
    case 'ended':
      return { claim: { kind: 'ended', job: jobOf(answer), ended: JSON.parse(text(answer[2])) as EndedAttempt }, reply: '', permitToReturn: false };
    case 'abandoned': {
      // Its first holder died between job and permit: nothing was sent, the attempt simply begins here.
      if (permit) return begun(granted, answer, '');
      const state = await permitState(queue, granted.c, granted.g);
      if (state.kind === 'withdrawn') {
        await unclaim(granted.g);
        return nothing('the permit was withdrawn', false);
      }
      const frames = Number(text(answer[3]));
      return {
        claim: { kind: 'abandoned', job: jobOf(answer), onRoute: Number(text(answer[2])), begun: frames > 0, frames },
        reply: text(answer[4]), permitToReturn: false,
      };
    }
    case 'conflict': {
      // An older grant has the job. If its permit was withdrawn, its holder never sent anything and gave up.
      const older = Number(text(answer[1]));
      const state = await permitState(queue, granted.c, older);
      if (given.again || state.kind !== 'withdrawn') return nothing('another grant has the job', permit);
      await unclaim(older);
      return settleClaim(queue, { ...given, answer: await claimJobAgain(queue, granted, given.token), again: true });
    }
    default:
      return nothing(text(answer[1]), permit);
  }
}

const jobOf = (answer: readonly unknown[]): Job => JSON.parse(text(answer[1])) as Job; // our own, versioned

function begun(granted: Granted, answer: readonly unknown[], cancel: string): Claimed {
  const body = answer[5];
  if (!Buffer.isBuffer(body)) return nothing(`the body of ${granted.j} is gone`, true);
  return {
    claim: {
      kind: 'claimed', job: jobOf(answer), body, onRoute: Number(text(answer[2])),
      cancel: cancel === '' ? null : (cancel as CancelReason), // written by cancelJob
    },
    reply: text(answer[4]), permitToReturn: false,
  };
}

async function permitState({ redis, keys }: OpenQueue, connection: string, grant: number): Promise<StoredPermit['state']> {
  return parsePermitState((await redis.hget(keys.permits(connection), `${grant}:s`)) ?? 'g');
}
