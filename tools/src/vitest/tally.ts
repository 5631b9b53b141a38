/** How many tests passed, failed and were skipped, and the line that says so. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** Names of the tests skipped, by reason. */
  reasons: Record<string, string[]>;
}

export const noTally = (): Tally => ({ passed: 0, failed: 0, skipped: 0, reasons: {} });

/** `N passed, N failed`, and `, N skipped` where there were any: scripts read this line. */
export const tallyLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** Names shown of each reason. */
const SHOWN = 3;

export function reasonLines({ reasons }: Tally): readonly string[] {
  return Object.entries(reasons).flatMap(([reason, names]) => [
    `skipped ${names.length}: ${reason}`,
    ...names.slice(0, SHOWN).map((name) => `  ${name}`),
    ...(names.length > SHOWN ? [`  and ${names.length - SHOWN} more`] : []),
  ]);
}
