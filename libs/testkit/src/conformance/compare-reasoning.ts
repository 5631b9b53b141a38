/** Is reasoning asked for alike? Formats say it with a word, with a number of tokens, or only whether. */
import type { Fact } from '../facts/fact.ts';
import type { Difference } from './compare-requests.ts';

interface Asked {
  readonly path: string;
  readonly is: 'on' | 'off' | 'unsaid';
  readonly effort: string | undefined;
  readonly budget: string | undefined;
}

function askedIn(facts: readonly Fact[]): Asked {
  const find = (name: string) => facts.find((fact) => fact.kind === 'setting' && fact.name === `reasoning.${name}`);
  const value = (fact: Fact | undefined) => (fact?.kind === 'setting' ? fact.value : undefined);
  const [on, effort, budget] = [find('on'), find('effort'), find('budget')];
  const off = value(on) === 'false' || value(effort) === '"none"';
  const said = on ?? effort ?? budget;
  return { path: (effort ?? budget ?? on)?.path ?? '', is: off ? 'off' : said ? 'on' : 'unsaid', effort: value(effort), budget: value(budget) };
}

/** The same word, the same number; or, where one has the word and the other the number, that it is on. */
export function reasoningDifference(source: readonly Fact[], target: readonly Fact[]): readonly Difference[] {
  const [said, arrived] = [askedIn(source), askedIn(target)];
  const same = said.is === arrived.is || (said.is === 'off' && arrived.is === 'unsaid');
  const differs = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;
  const told = same && !differs(said.effort, arrived.effort) && !differs(said.budget, arrived.budget);
  if (told && said.effort === arrived.effort && said.budget === arrived.budget) return [];
  const inWords = ({ is, effort, budget }: Asked) => [is, effort, budget].filter(Boolean).join(' ');
  return [{ path: said.path, what: `${said.path === '' ? 'added' : 'missing'}: reasoning ${inWords(said)}, arrived ${inWords(arrived)}`, ...(told ? { permitted: true } : {}) }];
}
