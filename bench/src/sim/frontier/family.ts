/** The simple policies that the default is held against: those that somebody could have set by hand, had he known the trace. */
import { type Held, heldPolicy } from '../family/held.ts';
import type { Policy } from '../policy.ts';

const HOLDS = [0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5];
const HOLD_PACE = 0.8;
const FLOORS = [0, 0.01, 0.02, 0.03, 0.05, 0.08];
const HORIZONS_MS = [5_000, 10_000, 20_000];
const SIGMAS = [2, 4];
const PACES = [0.6, 0.8, 1];

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const holds = HOLDS.map((hold): Policy => heldPolicy(`hold ${percent(hold)}`, { hold, forecast: null, pace: HOLD_PACE }));

const forecasts = FLOORS.flatMap((hold) => HORIZONS_MS.flatMap((horizonMs) => SIGMAS.flatMap((sigmas) => PACES.map((pace): Policy => {
  const how: Held = { hold, forecast: { horizonMs, sigmas }, pace };
  return heldPolicy(`${sigmas}σ over ${horizonMs / 1_000} s, floor ${percent(hold)}, pace ${pace}`, how);
}))));

export const FAMILY: readonly Policy[] = [...holds, ...forecasts];
