/** A Chat Completions request as a Messages request. */
import { boundOf, isEmpty, isFalse, isOne, isZero, READ_ELSEWHERE, stopsOf, textAlone } from '../../formats/chat/read-settings.ts';
import { isThinking } from '../../leaf/claude-thinking.ts';
import { get, numberOf, readJson, stringOf } from '../../leaf/json-node.ts';
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
  // Messages demands a bound.
  const bound = boundOf(root, notes) ?? { tokens: input.rules.maximumOutputTokens, said: input.rules.maximumOutputTokens };
  const thinking = thinkingOf(asking, { maximumTokens: bound.tokens, hasLostThoughts });
  const { format, ...settings } = settingsOf(asking, SETTINGS);
  const body = {
    model: input.model,
    max_tokens: bound.said,
    system: system.length > 0 ? system : undefined,
    messages: turns,
    ...toolFields(asking),
    ...(isThinking(thinking) ? withoutSampling(settings, SAMPLING, asking) : settings),
    thinking: thinking.thinking,
    output_config: outputConfig({ effort: thinking.effort, format }),
    metadata: metadataOf(asking),
  };
  return notes.conclude(body);
}

const SAMPLING = { temperature: 'temperature', top_p: 'top_p', top_k: 'top_k' };

const outputConfig = (fields: JsonFields): JsonFields | undefined =>
  (Object.values(fields).some((value) => value !== undefined) ? fields : undefined);

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
  const stops = stopsOf(node);
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

const penalty = cannot('Messages has no penalties', isZero);

const SETTINGS: Readonly<Record<string, Setting>> = {
  ...READ_ELSEWHERE, stream_options: elsewhere, user: elsewhere, safety_identifier: elsewhere, thinking: elsewhere, web_search_options: elsewhere,
  stream: asIs('stream'), temperature, top_p: asIs('top_p'), top_k: asIs('top_k'), stop, service_tier: tier, modalities: textAlone('Messages'),
  response_format: formatSetting, cache_control: asIs('cache_control'), container: asIs('container'), inference_geo: asIs('inference_geo'),
  metadata: hint('Messages keeps only who the user is'), store: hint('Messages keeps nothing'), seed: hint('Messages has no seed'),
  prompt_cache_key: hint('the cache of Messages goes by marks'), prompt_cache_retention: hint('the cache of Messages goes by marks'),
  verbosity: hint('Messages has no verbosity'), prediction: hint('Messages takes no prediction'),
  n: cannot('Messages gives one answer', isOne),
  logprobs: cannot('Messages gives no logprobs', isFalse),
  top_logprobs: cannot('Messages gives no logprobs', isZero),
  logit_bias: cannot('Messages has no bias of tokens', isEmpty),
  presence_penalty: penalty, frequency_penalty: penalty,
  audio: hint('Messages answers in text alone'),
};
