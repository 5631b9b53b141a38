/** What calls turn out to be: how long they hold a permit, and what they take of what was reserved. The newest count most. */
import type { Permit } from './permits.ts';
import type { Pool } from './pools.ts';
import type { Capacity, Reservation } from './types.ts';

/** Weight of the newest call in how it went, and in what calls of a priority reserve: sizes differ more than times. */
const NEWEST = 0.05;
const NEWEST_SIZE = 0.003;
/** Before any call has ended. */
const START_MS = 2_000;

/** What the mean call of a priority reserves. */
export interface Usual {
  calls: number;
  inputTokens: number;
  outputTokens: number;
}

export interface Tempo {
  /** By priority. */
  readonly usual: Map<Pool, Usual>;
  calls: number;
  /** From grant to arrival, and to the end. */
  arrivesMs: number;
  holdsMs: number;
  /** Tokens of the mean call. */
  reservedInput: number;
  reservedOutput: number;
  actualInput: number;
  actualOutput: number;
}

export const openTempo = (): Tempo =>
  ({ usual: new Map(), calls: 0, arrivesMs: 0, holdsMs: START_MS, reservedInput: 0, reservedOutput: 0, actualInput: 0, actualOutput: 0 });

/** Takes note of a settled permit; of one that was not granted here nobody knows when it was. */
export function noteSettled(tempo: Tempo, permit: Permit, { sendWithinMs }: Capacity): void {
  const { reservation, arrivedAt, endedAt, inputTokens, outputTokens, sendBy, head, whose } = permit;
  if (arrivedAt === null || endedAt === null || head === '') return;
  if (whose !== undefined) noteSize(tempo, whose.pool, reservation);
  tempo.calls += 1;
  const weight = Math.max(NEWEST, 1 / tempo.calls);
  const toward = (mean: number, seen: number): number => mean + weight * (seen - mean);
  const grantedAt = sendBy - sendWithinMs;
  tempo.arrivesMs = toward(tempo.arrivesMs, Math.max(0, arrivedAt - grantedAt));
  tempo.holdsMs = toward(tempo.holdsMs, Math.max(1, endedAt - grantedAt));
  tempo.reservedInput = toward(tempo.reservedInput, reservation.inputTokens);
  tempo.reservedOutput = toward(tempo.reservedOutput, outputOf(reservation));
  tempo.actualInput = toward(tempo.actualInput, inputTokens ?? reservation.inputTokens);
  tempo.actualOutput = toward(tempo.actualOutput, outputTokens ?? outputOf(reservation));
}

function noteSize({ usual }: Tempo, pool: Pool, reservation: Reservation): void {
  const mean = usual.get(pool) ?? { calls: 0, inputTokens: 0, outputTokens: 0 };
  usual.set(pool, mean);
  mean.calls += 1;
  const weight = Math.max(NEWEST_SIZE, 1 / mean.calls);
  mean.inputTokens += weight * (reservation.inputTokens - mean.inputTokens);
  mean.outputTokens += weight * (outputOf(reservation) - mean.outputTokens);
}

const outputOf = ({ outputTokens, extraOutputTokens }: Reservation): number => outputTokens + extraOutputTokens;
