/** What the owner of a connection is asked, and what it asks of limits that span connections. */
import type { Foretold } from '@sluice/scheduling';

/** A connection asks for its part of a limit that spans connections. */
export interface SharedAsk {
  readonly limit: string;
  /** Of the whole limit. */
  readonly amount: number;
  /** The part outlives silence by this: no charge made under it counts for longer. */
  readonly keepMs: number;
  /** What is charged here now: never less is lent. */
  readonly taken: number;
  /** What could be used here now. */
  readonly wanted: number;
  /** What was lent last. */
  readonly lent: number;
}

/** Why does this job wait? */
export interface Question {
  readonly request: string;
  readonly answerTo: string;
  readonly lane: string;
  /** `<job>-<attempt>` */
  readonly head: string;
  /** Jobs before it in its lane, and its number there. */
  readonly index: number;
  readonly place: number;
}

/** What the owner says of it. */
export interface Explained extends Foretold {
  /** What holds it back. Times are epoch ms; null: until something happens, not until a time. */
  readonly constraint: { readonly kind: string; readonly [fact: string]: unknown };
  readonly sentence: string;
}
