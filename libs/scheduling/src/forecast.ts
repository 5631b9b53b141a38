/** Where a job stands that joins the queue now: position and predicted start, from who goes before it at the rate of late. */

export interface Backlog {
  readonly lanes: readonly { readonly rank: number; readonly waiting: number }[];
  /** Of the connection, over the last seconds. */
  readonly grantsPerSecond: number;
}

export interface Forecast {
  /** Jobs that go before it; 0 is next. */
  readonly position: number;
  /** Null when nothing moves, so that nothing can be said. */
  readonly etaMs: number | null;
}

/** For a job at the end of its priority: all of its rank and of the more urgent ones go before it. */
export function forecast({ lanes, grantsPerSecond }: Backlog, rank: number): Forecast {
  const position = lanes.reduce((ahead, lane) => (lane.rank <= rank ? ahead + lane.waiting : ahead), 0);
  if (position === 0) return { position, etaMs: 0 };
  return { position, etaMs: grantsPerSecond > 0 ? Math.ceil((position / grantsPerSecond) * 1000) : null };
}
