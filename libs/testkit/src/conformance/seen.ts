/** Which features the requests of each wire have that its API answered: whatever is refused must not be among them. */
import type { Fact } from '../facts/fact.ts';
import { readers } from '../facts/read.ts';
import type { Format } from '../judges/judges.ts';
import type { Exchange } from '../recordings/exchange.ts';
import type { Seen } from './check-request.ts';
import { classOf } from './classes.ts';

interface Answered {
  readonly id: string;
  readonly facts: readonly Fact[];
}

export function seenIn(exchanges: readonly Exchange[]): Seen {
  const answered = new Map<Format, Answered[]>();
  for (const exchange of exchanges) {
    const told = classOf(exchange);
    if (told.kind !== 'completion' || told.family === 'ollama' || !told.request || told.answer === 'error') continue;
    const known = answered.get(told.family) ?? [];
    answered.set(told.family, known);
    known.push({ id: exchange.id, facts: readers[told.family].request(exchange.request.bodyText ?? '') });
  }
  return ({ target, holds }, refused) =>
    answered.get(target)?.find(({ facts }) => facts.some((fact) => holds(fact) && refused.some((one) => isAlike(one, fact))))?.id;
}

/** Foreign parts are alike when they are of one type: a target has some of its own. */
const isAlike = (a: Fact, b: Fact): boolean => a.kind === b.kind && !(a.kind === 'foreign' && b.kind === 'foreign' && a.type !== b.type);
