/** Whether a policy is as good as the best of a family chosen in hindsight, when both waiting and waste count. */

export interface Point {
  readonly name: string;
  /** p99 wait of the trace. */
  readonly p99Ms: number;
  /** Of the limit that is used the most, 0 to 1. */
  readonly utilisation: number;
}

export interface Verdict {
  /** Of those that use about as much of the limit or more, who waits least. */
  readonly best: Point;
  readonly within: boolean;
}

/** What is let pass: a tenth of the wait or 100 ms, whichever is more, and 2 points of utilisation. */
const WAIT = { share: 0.1, ms: 100 };
const UTILISATION = 0.02;

/**
 * A simple policy beats the default when it waits clearly less and wastes no more than the tolerance, or uses clearly more and
 * waits no longer than the tolerance: the default may not pay for the one with the other.
 */
export function verdictOf(own: Point, family: readonly Point[]): Verdict {
  const comparable = family.filter(({ utilisation }) => utilisation >= own.utilisation - UTILISATION);
  const rivals = [...comparable].sort((a, b) => a.p99Ms - b.p99Ms || b.utilisation - a.utilisation);
  const waster = family.find((other) => other.utilisation > own.utilisation + UTILISATION && other.p99Ms <= allowed(own.p99Ms));
  const best = waster ?? rivals[0] ?? own;
  return { best, within: waster === undefined && own.p99Ms <= allowed(best.p99Ms) };
}

const allowed = (ms: number): number => Math.max(ms * (1 + WAIT.share), ms + WAIT.ms);

/** Those that no other one beats in both, the most used first. */
export function frontOf(points: readonly Point[]): readonly Point[] {
  const front: Point[] = [];
  for (const point of [...points].sort((a, b) => b.utilisation - a.utilisation || a.p99Ms - b.p99Ms)) {
    if (point.p99Ms < (front.at(-1)?.p99Ms ?? Number.POSITIVE_INFINITY)) front.push(point);
  }
  return front;
}
