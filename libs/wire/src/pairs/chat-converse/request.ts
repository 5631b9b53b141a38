/** A Chat Completions request as a Converse request. The model stands in the address, not in the body. */
import { boundOf, isEmpty, isFalse, isOne, isZero, READ_ELSEWHERE, stopsOf, textAlone } from '../../formats/chat/read-settings.ts';
import { isThinking, type Thinking } from '../../leaf/claude-thinking.ts';
import { numberOf, readJson, stringOf } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import { takeNotes } from '../../leaf/notes.ts';
import { asIs, cannot, elsewhere, hint, settingsOf, type Asking, type Setting } from '../../leaf/settings.ts';
import { thinkingOf, withoutSampling } from '../chat-claude.ts';
import type { ConvertedRequest, Refused, RequestInput } from '../pair.ts';
import { formatSetting, toolFields } from './tools.ts';
import { turnsOf } from './turns.ts';

export function request(input: RequestInput): ConvertedRequest | Refused {
  const root = readJson(input.text);
  if (root?.kind !== 'object') return { kind: 'refused', path: '', reason: 'the body must be a JSON object' };
  const notes = takeNotes(input.onUnsupported);
  const asking: Asking = { root, rules: input.rules, notes };
  const { system, turns, hasLostThoughts } = turnsOf(root, { ...input, notes });
  const bound = boundOf(root, notes);
  const maximumTokens = bound?.tokens ?? input.rules.maximumOutputTokens;
  const thinking = thinkingOf(asking, { maximumTokens, hasLostThoughts });
  const { outputConfig, serviceTier, requestMetadata, top_k, ...sampling } = unlessThinking(settingsOf(asking, SETTINGS), thinking, asking);
  const { toolConfig, additional } = toolFields(asking);
  const body = {
    system: system.length > 0 ? system : undefined,
    messages: turns,
    // A budget of thoughts has to be smaller than the bound, so that the bound is said.
    inferenceConfig: unlessEmpty({ maxTokens: bound?.said ?? (isThinking(thinking) ? maximumTokens : undefined), ...sampling }),
    toolConfig, outputConfig, serviceTier, requestMetadata,
    additionalModelRequestFields: unlessEmpty({ ...additional, ...reasoningFields(thinking, asking), top_k }),
  };
  return notes.conclude(body);
}

const unlessEmpty = (fields: JsonFields): Json | undefined => (Object.values(fields).some((value) => value !== undefined) ? fields : undefined);

const unlessThinking = (settings: JsonFields, thinking: Thinking, asking: Asking): JsonFields =>
  isThinking(thinking) && asking.rules.reasoning !== 'effort'
    ? withoutSampling(settings, { temperature: 'temperature', top_p: 'topP', top_k: 'top_k' }, asking)
    : settings;

/** Where models are told how to think: none of it is Converse's own. */
const reasoningFields = ({ thinking, effort }: Thinking, { rules }: Asking): JsonFields =>
  rules.reasoning === 'effort' ? { reasoning_effort: effort } : { thinking, output_config: effort === undefined ? undefined : { effort } };

const temperature: Setting = (node, { notes }) => {
  if ((numberOf(node) ?? 0) <= 1) return { temperature: raw(node) };
  notes.warn(node, 'said as 1, which is the most that Converse takes');
  return { temperature: 1 };
};

const stop: Setting = (node) => {
  const stops = stopsOf(node);
  return stops.length > 0 ? { stopSequences: stops.map(raw) } : {};
};

const tier: Setting = (node, { notes }) => {
  if (['default', 'flex', 'priority', 'reserved'].includes(stringOf(node) ?? '')) return { serviceTier: { type: raw(node) } };
  notes.warn(node, 'left out: Converse has no such tier');
  return {};
};

const penalty = cannot('Converse has no penalties', isZero);
const who = hint('Converse does not ask who the user is');

const SETTINGS: Readonly<Record<string, Setting>> = {
  ...READ_ELSEWHERE, stream_options: elsewhere, stream: elsewhere, thinking: elsewhere,
  temperature, top_p: asIs('topP'), top_k: asIs('top_k'), stop, service_tier: tier, modalities: textAlone('Converse'), response_format: formatSetting,
  metadata: asIs('requestMetadata'), user: who, safety_identifier: who, store: hint('Converse keeps nothing'), seed: hint('Converse has no seed'),
  prompt_cache_key: hint('the cache of Converse goes by marks'), prompt_cache_retention: hint('the cache of Converse goes by marks'),
  verbosity: hint('Converse has no verbosity'), prediction: hint('Converse takes no prediction'), audio: hint('Converse answers in text alone'),
  web_search_options: hint('Converse has no search'),
  n: cannot('Converse gives one answer', isOne),
  logprobs: cannot('Converse gives no logprobs', isFalse),
  top_logprobs: cannot('Converse gives no logprobs', isZero),
  logit_bias: cannot('Converse has no bias of tokens', isEmpty),
  presence_penalty: penalty, frequency_penalty: penalty,
};
