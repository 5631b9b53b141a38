/** What is said of a run: each failure, a table by target, the four counts, and how many files passed. */
import type { Line, Verdict } from './verdict.ts';

export interface Count {
  pass: number;
  refused: number;
  fail: number;
  excluded: number;
}

export interface Report {
  readonly lines: readonly Line[];
  readonly counts: Readonly<Count>;
  /** By check and target. */
  readonly table: ReadonlyMap<string, Readonly<Count>>;
  readonly files: { readonly passed: number; readonly failed: number; /** Nothing of theirs is judged. */ readonly excluded: number };
}

const none = (): Count => ({ pass: 0, refused: 0, fail: 0, excluded: 0 });

export function reportOf(lines: readonly Line[]): Report {
  const counts = none();
  const table = new Map<string, Count>();
  const files = new Map<string, Count>();
  for (const { file, check, target, verdict } of lines) {
    for (const [map, key] of [[table, `${check} ${target}`], [files, file]] as const) {
      const count = map.get(key) ?? none();
      map.set(key, count);
      count[verdict.kind] += 1;
    }
    counts[verdict.kind] += 1;
  }
  const judged = [...files.values()];
  return {
    lines, counts, table,
    files: {
      passed: judged.filter(({ fail, pass }) => fail === 0 && pass > 0).length,
      failed: judged.filter(({ fail }) => fail > 0).length,
      excluded: judged.filter(({ fail, pass }) => fail === 0 && pass === 0).length,
    },
  };
}

const inWords = (verdict: Verdict): string => {
  switch (verdict.kind) {
    case 'pass': return 'pass';
    case 'refused': return `refused(${verdict.path}, ${verdict.reason})`;
    case 'fail': return `fail: ${verdict.reason}`;
    case 'excluded': return `excluded(${verdict.reason})`;
    default: return verdict satisfies never;
  }
};

/** `every`: all verdicts are told, not the failures and refusals alone. The last line counts files. */
export function reportLines({ lines, counts, table, files }: Report, every: boolean): readonly string[] {
  const told = lines.filter(({ verdict }) => every || verdict.kind === 'fail' || verdict.kind === 'refused');
  const width = Math.max(...[...table.keys()].map((key) => key.length), 0);
  const column = (value: number | string) => String(value).padStart(9);
  return [
    ...told.map(({ file, check, target, verdict }) => `${file}  ${check}  ${target}  ${inWords(verdict)}`),
    '',
    `${''.padEnd(width)}${column('pass')}${column('refused')}${column('fail')}${column('excluded')}`,
    ...[...table].sort(([a], [b]) => a.localeCompare(b)).map(([key, one]) => `${key.padEnd(width)}${column(one.pass)}${column(one.refused)}${column(one.fail)}${column(one.excluded)}`),
    `${'all'.padEnd(width)}${column(counts.pass)}${column(counts.refused)}${column(counts.fail)}${column(counts.excluded)}`,
    '',
    ...(files.excluded > 0 ? [`${files.excluded} files have nothing that is judged`] : []),
    `${files.passed} passed, ${files.failed} failed`,
  ];
}
