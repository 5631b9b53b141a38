/** A Chat Completions request as a Converse request. The model stands in the address, not in the body. */
import { get, isTrue, numberOf, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import { takeNotes } from '../notes.ts';
import type { ConvertedRequest, Refused, RequestInput } from '../pair.ts';
import { asIs, cannot, elsewhere, hint, settingsOf, type Asking, type Setting } from '../settings.ts';
import { isThinking, reasoningFields, thinkingOf, whereReasoning, type Thinking } from './reasoning.ts';
import { forcesTool, formatSetting, toolFields } from './tools.ts';
import { conversationOf, type Conversation } from './turns.ts';

export function request(input: RequestInput): ConvertedRequest | Refused {
  const root = readJson(input.text);
  if (root?.kind !== 'object') return { kind: 'refused', path: '', reason: 'the body must be a JSON object' };
  const notes = takeNotes(input.onUnsupported);
  const asking: Asking = { root, rules: input.rules, notes };
  const conversation = conversationOf(root, { ...input, notes });
  const bound = boundOf(asking);
  const maximumTokens = Number(bound?.value ?? input.rules.maximumOutputTokens);
  const thinking = thinkingOf(asking, { maximumTokens, unthinking: unthinkingOf(root, conversation) });
  if (conversation.hasLostThoughts && isAsked(root) && !isThinking(thinking)) {
    notes.warn(whereReasoning(root), 'without thinking this time: the thoughts that led to the last calls are not known any more');
  }
  const { outputConfig, serviceTier, requestMetadata, top_k, ...sampling } = unlessThinking(settingsOf(asking, SETTINGS), thinking, asking);
  const { toolConfig, additional } = toolFields(asking);
  // A budget of thoughts has to be smaller than the bound, so that the bound is said.
  const needsBound = bound !== undefined || isThinking(thinking);
  const body = {
    system: conversation.system.length > 0 ? conversation.system : undefined,
    messages: conversation.turns,
    inferenceConfig: unlessEmpty({ maxTokens: needsBound ? maximumTokens : undefined, ...sampling }),
    toolConfig, outputConfig, serviceTier, requestMetadata,
    additionalModelRequestFields: unlessEmpty({ ...additional, ...reasoningFields(thinking, asking), top_k }),
  };
  return notes.conclude(body);
}

const unlessEmpty = (fields: JsonFields): Json | undefined => (Object.values(fields).some((value) => value !== undefined) ? fields : undefined);

const isAsked = (root: JsonNode): boolean => (get(root, 'reasoning_effort') ?? get(root, 'reasoning') ?? get(root, 'thinking')) !== undefined;

function unthinkingOf(root: JsonNode, { hasLostThoughts }: Conversation): string | undefined {
  if (forcesTool(root)) return 'the model does not think before a call that it is made to make';
  return hasLostThoughts ? 'the thoughts that led to the last calls are not known any more' : undefined;
}

function boundOf({ root, notes }: Asking): JsonNode | undefined {
  const newer = get(root, 'max_completion_tokens');
  const older = get(root, 'max_tokens');
  if (newer && older && Number(newer.value) !== Number(older.value)) notes.warn(older, 'left out: max_completion_tokens stands');
  const node = newer ?? older;
  return Number(node?.value) > 0 ? node : undefined; // -1: there is no bound
}

/** While Claude thinks it takes no sampling of its own choosing. */
function unlessThinking(settings: JsonFields, thinking: Thinking, { root, rules, notes }: Asking): JsonFields {
  if (!isThinking(thinking) || rules.reasoning === 'effort') return settings;
  const { temperature, topP, top_k, ...rest } = settings;
  for (const [name, value] of Object.entries({ temperature, top_p: topP, top_k })) {
    const node = get(root, name);
    if (value !== undefined && node) notes.warn(node, 'left out: not taken together with thinking');
  }
  return rest;
}

const temperature: Setting = (node, { notes }) => {
  if ((numberOf(node) ?? 0) <= 1) return { temperature: raw(node) };
  notes.warn(node, 'said as 1, which is the most that Converse takes');
  return { temperature: 1 };
};

const stop: Setting = (node) => {
  const stops = (node.kind === 'array' ? node.items : [node]).filter((one) => (stringOf(one) ?? '') !== '');
  return stops.length > 0 ? { stopSequences: stops.map(raw) } : {};
};

const tier: Setting = (node, { notes }) => {
  if (['default', 'flex', 'priority', 'reserved'].includes(stringOf(node) ?? '')) return { serviceTier: { type: raw(node) } };
  notes.warn(node, 'left out: Converse has no such tier');
  return {};
};

const modalities: Setting = (node, { notes }) => {
  if (node.items.some((one) => stringOf(one) !== 'text')) notes.refuse(node, 'Converse answers in text alone');
  return {};
};

const isZero = (node: JsonNode): boolean => numberOf(node) === 0;
const isEmpty = (node: JsonNode): boolean => node.members.size === 0 && node.items.length === 0;
const penalty = cannot('Converse has no penalties', isZero);
const who = hint('Converse does not ask who the user is');

const SETTINGS: Readonly<Record<string, Setting>> = {
  model: elsewhere, messages: elsewhere, tools: elsewhere, functions: elsewhere, tool_choice: elsewhere, function_call: elsewhere,
  parallel_tool_calls: elsewhere, max_tokens: elsewhere, max_completion_tokens: elsewhere, stream_options: elsewhere, stream: elsewhere,
  reasoning_effort: elsewhere, reasoning: elsewhere, thinking: elsewhere,
  temperature, top_p: asIs('topP'), top_k: asIs('top_k'), stop, service_tier: tier, modalities, response_format: formatSetting,
  metadata: asIs('requestMetadata'), user: who, safety_identifier: who, store: hint('Converse keeps nothing'), seed: hint('Converse has no seed'),
  prompt_cache_key: hint('the cache of Converse goes by marks'), prompt_cache_retention: hint('the cache of Converse goes by marks'),
  verbosity: hint('Converse has no verbosity'), prediction: hint('Converse takes no prediction'), audio: hint('Converse answers in text alone'),
  web_search_options: hint('Converse has no search'),
  n: cannot('Converse gives one answer', (node) => numberOf(node) === 1),
  logprobs: cannot('Converse gives no logprobs', (node) => !isTrue(node)),
  top_logprobs: cannot('Converse gives no logprobs', isZero),
  logit_bias: cannot('Converse has no bias of tokens', isEmpty),
  presence_penalty: penalty, frequency_penalty: penalty,
};
