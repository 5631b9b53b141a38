/** A Chat Completions request as a Messages request. */
import { get, isTrue, numberOf, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import { takeNotes } from '../notes.ts';
import type { ConvertedRequest, Refused, RequestInput } from '../pair.ts';
import { asIs, cannot, elsewhere, hint, settingsOf, type Asking, type Setting } from '../settings.ts';
import { isThinking, outputConfig, thinkingOf, whereReasoning, type Thinking } from './reasoning.ts';
import { boundOf, forcesTool, formatSetting, toolFields } from './tools.ts';
import { conversationOf, type Conversation } from './turns.ts';

export function request(input: RequestInput): ConvertedRequest | Refused {
  const root = readJson(input.text);
  if (root?.kind !== 'object') return { kind: 'refused', path: '', reason: 'the body must be a JSON object' };
  const notes = takeNotes(input.onUnsupported);
  const asking: Asking = { root, rules: input.rules, notes };
  const conversation = conversationOf(root, { ...input, notes });
  const maximumTokens = maximumOf(asking);
  const thinking = thinkingOf(asking, { maximumTokens, unthinking: unthinkingOf(root, conversation) });
  if (conversation.hasLostThoughts && isAsked(root) && !isThinking(thinking.thinking)) {
    notes.warn(whereReasoning(root), 'without thinking this time: the thoughts that led to the last calls are not known any more');
  }
  const { format, ...settings } = settingsOf(asking, SETTINGS);
  const body = {
    model: input.model,
    max_tokens: maximumTokens,
    system: conversation.system.length > 0 ? conversation.system : undefined,
    messages: conversation.turns,
    ...toolFields(asking),
    ...unlessThinking(settings, thinking, asking),
    thinking: thinking.thinking,
    output_config: outputConfig({ effort: thinking.effort, format }),
    metadata: metadataOf(asking),
  };
  return notes.conclude(body);
}

const isAsked = (root: JsonNode): boolean => (get(root, 'reasoning_effort') ?? get(root, 'reasoning') ?? get(root, 'thinking')) !== undefined;

function unthinkingOf(root: JsonNode, { hasLostThoughts }: Conversation): string | undefined {
  if (forcesTool(root)) return 'Claude does not think before a call that it is made to make';
  return hasLostThoughts ? 'the thoughts that led to the last calls are not known any more' : undefined;
}

/** Messages demands a bound. */
function maximumOf({ root, rules, notes }: Asking): number {
  const bound = boundOf(root);
  const other = get(root, 'max_tokens');
  if (bound && other && other !== bound.node && numberOf(other) !== bound.tokens) notes.warn(other, 'left out: max_completion_tokens stands');
  return bound?.tokens ?? rules.maximumOutputTokens;
}

/** While Claude thinks it takes no sampling of its own choosing. */
function unlessThinking(settings: JsonFields, { thinking }: Thinking, { root, notes }: Asking): JsonFields {
  if (!isThinking(thinking)) return settings;
  const { temperature, top_p, top_k, ...rest } = settings;
  for (const [name, value] of Object.entries({ temperature, top_p, top_k })) {
    const node = get(root, name);
    if (value !== undefined && node) notes.warn(node, 'left out: not taken together with thinking');
  }
  return rest;
}

function metadataOf({ root, notes }: Asking): Json | undefined {
  const user = get(root, 'user');
  const safety = get(root, 'safety_identifier');
  if (user && safety) notes.warn(safety, 'left out: user stands');
  const who = user ?? safety;
  return who && { user_id: raw(who) };
}

const temperature: Setting = (node, { notes }) => {
  if ((numberOf(node) ?? 0) <= 1) return { temperature: raw(node) };
  notes.warn(node, 'said as 1, which is the most that Messages takes');
  return { temperature: 1 };
};

const stop: Setting = (node, { notes }) => {
  const stops = node.kind === 'array' ? node.items : [node];
  const taken = stops.filter((one) => (stringOf(one) ?? '').trim() !== '');
  for (const one of stops) if (!taken.includes(one)) notes.warn(one, 'left out: a stop sequence of Messages holds more than white space');
  return taken.length > 0 ? { stop_sequences: taken.map(raw) } : {};
};

const tier: Setting = (node, { notes }) => {
  const word = stringOf(node);
  if (word === 'auto' || word === 'standard_only') return { service_tier: word };
  notes.warn(node, 'left out: Messages has no such tier');
  return {};
};

const modalities: Setting = (node, { notes }) => {
  if (node.items.some((one) => stringOf(one) !== 'text')) notes.refuse(node, 'Messages answers in text alone');
  return {};
};

const isZero = (node: JsonNode): boolean => numberOf(node) === 0;
const isEmpty = (node: JsonNode): boolean => node.members.size === 0 && node.items.length === 0;
const penalty = cannot('Messages has no penalties', isZero);

const SETTINGS: Readonly<Record<string, Setting>> = {
  model: elsewhere, messages: elsewhere, tools: elsewhere, functions: elsewhere, tool_choice: elsewhere, function_call: elsewhere,
  parallel_tool_calls: elsewhere, max_tokens: elsewhere, max_completion_tokens: elsewhere, stream_options: elsewhere, user: elsewhere,
  safety_identifier: elsewhere, reasoning_effort: elsewhere, reasoning: elsewhere, thinking: elsewhere, web_search_options: elsewhere,
  stream: asIs('stream'), temperature, top_p: asIs('top_p'), top_k: asIs('top_k'), stop, service_tier: tier, modalities,
  response_format: formatSetting, cache_control: asIs('cache_control'), container: asIs('container'), inference_geo: asIs('inference_geo'),
  metadata: hint('Messages keeps only who the user is'), store: hint('Messages keeps nothing'), seed: hint('Messages has no seed'),
  prompt_cache_key: hint('the cache of Messages goes by marks'), prompt_cache_retention: hint('the cache of Messages goes by marks'),
  verbosity: hint('Messages has no verbosity'), prediction: hint('Messages takes no prediction'),
  n: cannot('Messages gives one answer', (node) => numberOf(node) === 1),
  logprobs: cannot('Messages gives no logprobs', (node) => !isTrue(node)),
  top_logprobs: cannot('Messages gives no logprobs', isZero),
  logit_bias: cannot('Messages has no bias of tokens', isEmpty),
  presence_penalty: penalty, frequency_penalty: penalty,
  audio: hint('Messages answers in text alone'),
};
