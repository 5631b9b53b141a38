/** What Chat clients of Claude have in common, whatever format leads to it: when it thinks, and what it does not take meanwhile. */
import { wishOf, whereReasoning } from '../formats/chat/read-settings.ts';
import { forcesTool } from '../formats/chat/read-tools.ts';
import { isThinking, NO_THINKING, thinkAs, thinkFor, type Room, type Thinking } from '../leaf/claude-thinking.ts';
import { get, type JsonNode } from '../leaf/json-node.ts';
import { raw, type JsonFields } from '../leaf/json-write.ts';
import type { Asking } from '../leaf/settings.ts';

export interface Situation {
  /** All that the model may write, thoughts included. */
  readonly maximumTokens: number;
  /** A loop of tools is open and its call came without the thoughts that led to it. */
  readonly hasLostThoughts: boolean;
}

const LOST = 'the thoughts that led to the last calls are not known any more';

export function thinkingOf({ root, rules, notes }: Asking, { maximumTokens, hasLostThoughts }: Situation): Thinking {
  const unthinking = forcesTool(root) ? 'Claude does not think before a call that it is made to make' : hasLostThoughts ? LOST : undefined;
  const thinking = wished({ rules, notes, maximumTokens, unthinking }, root);
  const asked = whereReasoning(root);
  if (hasLostThoughts && asked && !isThinking(thinking)) notes.warn(asked, `without thinking this time: ${LOST}`);
  return thinking;
}

function wished(room: Room, root: JsonNode): Thinking {
  const { thinking, excluded, budget, effort, enabled } = wishOf(root);
  if (thinking) return { thinking: raw(thinking), effort: undefined };
  if (excluded) room.notes.warn(excluded, 'left out: thoughts are always told');
  if (budget) return thinkFor(room, budget.node, budget.tokens);
  if (effort) return thinkAs(room, effort.node, effort.word);
  return enabled ? thinkFor(room, enabled, undefined) : NO_THINKING;
}

/** While Claude thinks it takes no sampling of its own choosing. `sampling`: settings, by the client's name of each. */
export function withoutSampling(settings: JsonFields, sampling: Readonly<Record<string, string>>, { root, notes }: Asking): JsonFields {
  const dropped = Object.entries(sampling).filter(([, name]) => settings[name] !== undefined);
  for (const [member] of dropped) {
    const node = get(root, member);
    if (node) notes.warn(node, 'left out: not taken together with thinking');
  }
  return { ...settings, ...Object.fromEntries(dropped.map(([, name]) => [name, undefined])) };
}
