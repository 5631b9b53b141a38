/** What came of one check of one file against one target. */
export type Verdict =
  | { readonly kind: 'pass' }
  /** The target cannot say it, which was found to be true. */
  | { readonly kind: 'refused'; readonly path: string; readonly reason: string }
  | { readonly kind: 'fail'; readonly reason: string }
  /** Ruled out by its class, never by its name. */
  | { readonly kind: 'excluded'; readonly reason: string };

export interface Line {
  readonly file: string;
  readonly provider: string;
  /** `C1` … `C4`, `E`, `L`. */
  readonly check: string;
  /** `chat → messages`, or what else is judged. */
  readonly target: string;
  readonly verdict: Verdict;
}

export const PASS: Verdict = { kind: 'pass' };
export const fail = (reason: string): Verdict => ({ kind: 'fail', reason });
export const excluded = (reason: string): Verdict => ({ kind: 'excluded', reason });

/** The first few of what is wrong, or a pass. */
export const verdictOf = (problems: readonly string[]): Verdict =>
  problems.length === 0 ? PASS : fail(problems.length > 3 ? `${problems.slice(0, 3).join('; ')}; and ${problems.length - 3} more` : problems.join('; '));

/** What a check throws is a failure of what it checks: a converter is total. */
export function guarded(check: () => Verdict): Verdict {
  try {
    return check();
  } catch (error) {
    return fail(`threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
  }
}
