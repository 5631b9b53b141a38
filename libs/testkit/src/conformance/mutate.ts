/** M: the suite is held against converters that are broken, and must notice each. */
import type { Exchange } from '../recordings/exchange.ts';
import { CONVERTERS, type Converter } from './converters.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { conformance } from './run.ts';
import type { Line } from './verdict.ts';

export interface Trial {
  readonly mutant: string;
  /** The first check that turned red, or undefined when nobody noticed. */
  readonly red: Line | undefined;
}

const isAnswerOrRequest = ({ check }: Line): boolean => check !== 'E' && check !== 'C1';
const keyOf = ({ file, check, target }: Line): string => `${file} ${check} ${target}`;

export async function mutate(exchanges: readonly Exchange[], converters: readonly Converter[] = CONVERTERS): Promise<readonly Trial[]> {
  const right = await conformance(exchanges, converters);
  const passing = new Set(right.filter(({ verdict }) => verdict.kind === 'pass').map(keyOf));
  // Only what passes can turn red.
  const judged = exchanges.filter(({ id }) => right.some((line) => line.file === id && isAnswerOrRequest(line) && line.verdict.kind === 'pass'));
  const trials: Trial[] = [];
  for (const mutant of MUTANTS) trials.push({ mutant: mutant.name, red: await firstRed(mutant, { judged, passing, converters }) });
  return trials;
}

interface Against {
  readonly judged: readonly Exchange[];
  readonly passing: ReadonlySet<string>;
  readonly converters: readonly Converter[];
}

async function firstRed(mutant: Mutant, { judged, passing, converters }: Against): Promise<Line | undefined> {
  const broken = converters.map((converter) => mutant.of(converter));
  for (const exchange of judged) {
    const lines = await conformance([exchange], broken);
    const red = lines.find((line) => isAnswerOrRequest(line) && line.verdict.kind === 'fail' && passing.has(keyOf(line)));
    if (red) return red;
  }
  return undefined;
}

export const trialLines = (trials: readonly Trial[]): readonly string[] => [
  ...trials.map(({ mutant, red }) =>
    red === undefined ? `${mutant}: NOBODY NOTICED` : `${mutant}: noticed by ${red.check} ${red.target} of ${red.file}${red.verdict.kind === 'fail' ? `: ${red.verdict.reason.slice(0, 120)}` : ''}`),
  `${trials.filter(({ red }) => red !== undefined).length} of ${trials.length} broken converters were noticed`,
];
