/** How Claude is asked to think, in its own words, which every format that leads to it carries along. */
import type { JsonNode } from './json-node.ts';
import type { Json } from './json-write.ts';
import type { Notes } from './notes.ts';
import type { Rules } from './rules.ts';

/** Fewer than this are no thought, says the API. */
const LEAST_BUDGET_TOKENS = 1024;
/** Tokens that a word for effort amounts to, where only a number can be said. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024], ['low', 2048], ['medium', 8192], ['high', 24_576], ['xhigh', 49_152], ['max', 65_536],
]);
const USUAL_BUDGET_TOKENS = 8192;
const EFFORTS = new Set(['low', 'medium', 'high', 'xhigh', 'max']);

export interface Thinking {
  /** Claude's `thinking`. */
  readonly thinking: Json | undefined;
  /** A word beside it. */
  readonly effort: string | undefined;
}

export interface Room {
  readonly rules: Rules;
  readonly notes: Notes;
  /** All that the model may write, thoughts included. */
  readonly maximumTokens: number;
  /** Why the model must not think this time, if so. */
  readonly unthinking: string | undefined;
}

export const NO_THINKING: Thinking = { thinking: undefined, effort: undefined };

/** For a wish in tokens, as many as there is room for; `tokens` undefined: as many as usual. */
export const thinkFor = (room: Room, node: JsonNode, tokens: number | undefined): Thinking =>
  budgeted(room, { node, tokens: tokens ?? USUAL_BUDGET_TOKENS, exact: true });

/** For a wish in a word for effort. */
export function thinkAs(room: Room, node: JsonNode, word: string): Thinking {
  const { rules, notes, unthinking } = room;
  if (word === 'none') return rules.reasoning === 'adaptive' ? { thinking: { type: 'disabled' }, effort: undefined } : NO_THINKING;
  switch (rules.reasoning) {
    case 'none': {
      notes.warn(node, 'left out: this model does not reason');
      return NO_THINKING;
    }
    case 'budget': return budgeted(room, { node, tokens: BUDGETS.get(word) ?? USUAL_BUDGET_TOKENS, exact: false });
    case 'effort':
    case 'adaptive': {
      const effort = EFFORTS.has(word) ? word : word === 'minimal' ? 'low' : undefined;
      if (effort !== word) notes.warn(node, effort ? `said as ${effort}` : 'left out: no such effort');
      const thinking = unthinking === undefined && rules.reasoning === 'adaptive' ? { type: 'adaptive' } : undefined;
      return { thinking, effort };
    }
    default: return rules.reasoning satisfies never;
  }
}

interface Budget {
  readonly node: JsonNode;
  readonly tokens: number;
  /** The client named the number itself. */
  readonly exact: boolean;
}

function budgeted({ notes, maximumTokens, unthinking }: Room, { node, tokens, exact }: Budget): Thinking {
  if (unthinking !== undefined) {
    notes.warn(node, `left out: ${unthinking}`);
    return NO_THINKING;
  }
  // Something has to be left for the answer itself.
  const most = maximumTokens - Math.min(LEAST_BUDGET_TOKENS, Math.ceil(maximumTokens / 4));
  const budget = Math.max(LEAST_BUDGET_TOKENS, Math.min(tokens, most));
  if (budget >= maximumTokens) {
    notes.warn(node, `left out: ${maximumTokens} tokens leave no room to think, which takes ${LEAST_BUDGET_TOKENS}`);
    return NO_THINKING;
  }
  if (!exact || budget !== tokens) notes.warn(node, `said as a budget of ${budget} tokens`);
  return { thinking: { type: 'enabled', budget_tokens: budget }, effort: undefined };
}

/** Is the model to think? */
export const isThinking = ({ thinking }: Thinking): boolean =>
  thinking !== undefined && !(typeof thinking === 'object' && thinking !== null && 'type' in thinking && thinking.type === 'disabled');
