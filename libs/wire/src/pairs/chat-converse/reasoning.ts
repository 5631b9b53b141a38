/** How hard a Chat client wants the model to think, as a model behind Converse is asked for it. */
import { get, numberOf, pathOf, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import type { Asking } from '../settings.ts';

/** Fewer than this are no thought, says the API. */
const LEAST_BUDGET_TOKENS = 1024;
/** Tokens that a word for effort amounts to, where only a number can be said. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024], ['low', 2048], ['medium', 8192], ['high', 24_576], ['xhigh', 49_152], ['max', 65_536],
]);
const EFFORTS = new Set(['low', 'medium', 'high', 'xhigh', 'max']);

export interface Thinking {
  readonly thinking: Json | undefined;
  readonly effort: string | undefined;
}

export interface Bounds {
  /** All that the model may write, thoughts included. */
  readonly maximumTokens: number;
  /** Why the model must not think this time, if so. */
  readonly unthinking: string | undefined;
}

const NONE: Thinking = { thinking: undefined, effort: undefined };

export function thinkingOf(asking: Asking, bounds: Bounds): Thinking {
  const { root, notes } = asking;
  const own = get(root, 'thinking');
  if (own) return { thinking: raw(own), effort: undefined }; // Anthropic's own word for it
  const wanted = get(root, 'reasoning');
  const exclude = get(wanted, 'exclude');
  if (exclude?.value === true) notes.warn(exclude, 'left out: thoughts are always told');
  const tokens = get(wanted, 'max_tokens');
  const effort = get(root, 'reasoning_effort') ?? get(wanted, 'effort');
  if (tokens) return budgeted(asking, bounds, { node: tokens, tokens: numberOf(tokens) ?? 0, exact: true });
  if (effort) return byEffort(asking, bounds, effort);
  const enabled = get(wanted, 'enabled');
  if (enabled?.value !== true) return NONE;
  return budgeted(asking, bounds, { node: enabled, tokens: BUDGETS.get('medium') ?? LEAST_BUDGET_TOKENS, exact: true });
}

function byEffort(asking: Asking, bounds: Bounds, node: JsonNode): Thinking {
  const { rules, notes } = asking;
  const word = stringOf(node) ?? '';
  if (word === 'none') return rules.reasoning === 'adaptive' ? { thinking: { type: 'disabled' }, effort: undefined } : NONE;
  switch (rules.reasoning) {
    case 'none': {
      notes.warn(node, 'left out: this model does not reason');
      return NONE;
    }
    case 'budget': return budgeted(asking, bounds, { node, tokens: BUDGETS.get(word) ?? 8192, exact: false });
    case 'effort':
    case 'adaptive': {
      const effort = EFFORTS.has(word) ? word : word === 'minimal' ? 'low' : undefined;
      if (effort !== word) notes.warn(node, effort ? `said as ${effort}` : 'left out: no such effort');
      if (bounds.unthinking !== undefined || rules.reasoning === 'effort') return { thinking: undefined, effort };
      return { thinking: { type: 'adaptive' }, effort };
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

function budgeted({ notes }: Asking, { maximumTokens, unthinking }: Bounds, { node, tokens, exact }: Budget): Thinking {
  if (unthinking !== undefined) {
    notes.warn(node, `left out: ${unthinking}`);
    return NONE;
  }
  // Something has to be left for the answer itself.
  const most = maximumTokens - Math.min(LEAST_BUDGET_TOKENS, Math.ceil(maximumTokens / 4));
  const budget = Math.max(LEAST_BUDGET_TOKENS, Math.min(tokens, most));
  if (budget >= maximumTokens) {
    notes.warn(node, `left out: ${maximumTokens} tokens leave no room to think, which takes ${LEAST_BUDGET_TOKENS}`);
    return NONE;
  }
  if (!exact || budget !== tokens) notes.warn(node, `said as a budget of ${budget} tokens`);
  return { thinking: { type: 'enabled', budget_tokens: budget }, effort: undefined };
}

/** Is the model to think in this request? */
export const isThinking = ({ thinking }: Thinking): boolean =>
  thinking !== undefined && !(typeof thinking === 'object' && thinking !== null && 'type' in thinking && thinking.type === 'disabled');

/** Where models are told: none of it is Converse's own. */
export const reasoningFields = ({ thinking, effort }: Thinking, { rules }: Asking): JsonFields =>
  rules.reasoning === 'effort' ? { reasoning_effort: effort } : { thinking, output_config: effort === undefined ? undefined : { effort } };

export const whereReasoning = (root: JsonNode): string =>
  pathOf(get(root, 'reasoning_effort') ?? get(get(root, 'reasoning'), 'effort') ?? get(root, 'reasoning') ?? root);
