/** Token counts as every provider can be read. Absent is not 0: who does not count something does not say that there was none. */
export interface TokenCounts {
  /** With what was read from a cache and written to it. */
  readonly input: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  /** With reasoning. */
  readonly output: number;
  readonly reasoning?: number;
}
