/** The one handle on a running attempt: give its call up, for a reason that decides what follows. */
import type { CancelReason } from '@sluice/domain';

export type GiveUp =
  | { readonly kind: 'cancelled'; readonly by: CancelReason }
  /** This worker stops: the attempt is handed back. */
  | { readonly kind: 'stopping' }
  /** The answer is whole, only its connection has not ended. */
  | { readonly kind: 'answered' }
  /** Frames could not be kept. */
  | { readonly kind: 'unkept'; readonly cause: unknown };

export interface Control {
  readonly signal: AbortSignal;
  /** Why it was given up; the first reason stands. */
  readonly reason: () => GiveUp | undefined;
  readonly giveUp: (reason: GiveUp) => void;
}

export function openControl(): Control {
  const abort = new AbortController();
  let reason: GiveUp | undefined;
  return {
    signal: abort.signal,
    reason: () => reason,
    giveUp(why) {
      reason ??= why;
      abort.abort();
    },
  };
}
