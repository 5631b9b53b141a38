/** How hard a Chat client wants the model to think, as Gemini is asked for it: tokens for the second generation, a level since. */
import { wishOf, type Effort } from '../../formats/chat/read-settings.ts';
import { get, isTrue } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import type { Asking } from '../../leaf/settings.ts';

/** As Google's own compatible surface has it. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['none', 0], ['minimal', 1024], ['low', 1024], ['medium', 8192], ['high', 24_576], ['xhigh', 24_576], ['max', 24_576],
]);
const LEVELS: ReadonlyMap<string, string> = new Map([
  ['minimal', 'minimal'], ['low', 'low'], ['medium', 'medium'], ['high', 'high'], ['none', 'minimal'], ['xhigh', 'high'], ['max', 'high'],
]);

export function thinkingConfig(asking: Asking): JsonFields | undefined {
  const { root, rules, notes } = asking;
  const own = get(get(get(get(root, 'extra_body'), 'google'), 'thinking_config'), 'include_thoughts');
  const { effort, budget, enabled, excluded } = wishOf(root);
  if (rules.reasoning === 'none') {
    for (const node of [effort?.node, budget?.node, enabled]) if (node) notes.warn(node, 'left out: this model does not reason');
    return undefined;
  }
  const shown = excluded ? false : own ? isTrue(own) : true;
  if (budget) {
    if (effort) notes.warn(effort.node, 'left out: the budget stands');
    return { thinkingBudget: raw(budget.node), includeThoughts: shown };
  }
  if (effort) return byEffort(asking, effort, shown);
  return enabled ? { includeThoughts: shown } : undefined;
}

function byEffort({ rules, notes }: Asking, { node, word }: Effort, shown: boolean): JsonFields | undefined {
  const isOff = word === 'none';
  if (rules.reasoning === 'budget') {
    const budget = BUDGETS.get(word);
    if (budget === undefined) notes.warn(node, 'left out: no such effort');
    else if (!isOff) notes.warn(node, `said as a budget of ${budget} tokens`);
    return budget === undefined ? undefined : { thinkingBudget: budget, includeThoughts: !isOff && shown };
  }
  const level = LEVELS.get(word);
  if (level !== word) notes.warn(node, level ? `said as ${level}` : 'left out: no such effort');
  return level === undefined ? undefined : { thinkingLevel: level.toUpperCase(), includeThoughts: !isOff && shown };
}
