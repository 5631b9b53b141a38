/** How an attempt ended, as its steps tell it: from this alone what follows is decided and everything recorded. */
import type { Frame, Outcome, ProviderError } from '@sluice/domain';
import type { Settlement } from '@sluice/queue';

export interface Ending {
  readonly outcome: Outcome;
  readonly settlement: Settlement;
  /** Not published yet: they go with the end. */
  readonly frames: readonly Frame[];
  /** `seq` of the last `head` or `data` frame, those of `frames` included; 0: there is none. */
  readonly last: number;
  /** Has the client been sent any part of the answer, before `frames`? */
  readonly begun: boolean;
  /** Does the attempt count against the job? One that was handed back, or never left, does not. */
  readonly costs: boolean;
  readonly call: CallFacts;
  /** A word more than the outcome has: `late`, `stopping`, … */
  readonly note: string | null;
}

/** Times epoch ms of Redis. */
export interface CallFacts {
  readonly sentAt: number | null;
  readonly firstByteAt: number | null;
  readonly endedAt: number;
  readonly httpStatus: number | null;
  readonly upstreamRequestId: string | null;
}

export const neverCalled = (at: number): CallFacts => ({
  sentAt: null, firstByteAt: null, endedAt: at, httpStatus: null, upstreamRequestId: null,
});

/** An ending before anything was sent: the permit is given back whole. */
export const unsent = (outcome: Outcome, at: number, note: string | null = null): Ending => ({
  outcome, settlement: { kind: 'unsent' }, frames: [], last: 0, begun: false, costs: false, call: neverCalled(at), note,
});

export const ownError = (message: string): ProviderError => ({ status: null, code: null, message });
