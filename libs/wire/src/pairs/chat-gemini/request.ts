/** A Chat Completions request as a generateContent request. Model and streaming stand in the address, not in the body. */
import { boundOf, isEmpty, READ_ELSEWHERE, stopsOf } from '../../formats/chat/read-settings.ts';
import { get, isTrue, numberOf, readJson, stringOf } from '../../leaf/json-node.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { takeNotes } from '../../leaf/notes.ts';
import { asIs, cannot, elsewhere, hint, settingsOf, type Asking, type Setting } from '../../leaf/settings.ts';
import type { ConvertedRequest, Refused, RequestInput } from '../pair.ts';
import { thinkingConfig } from './reasoning.ts';
import { formatSetting, toolFields } from './tools.ts';
import { contentsOf } from './turns.ts';

export function request(input: RequestInput): ConvertedRequest | Refused {
  const root = readJson(input.text);
  if (root?.kind !== 'object') return { kind: 'refused', path: '', reason: 'the body must be a JSON object' };
  const notes = takeNotes(input.onUnsupported);
  const asking: Asking = { root, rules: input.rules, notes };
  const { system, contents } = contentsOf(root, { ...input, notes });
  const generation: JsonFields = {
    maxOutputTokens: boundOf(root, notes)?.said, ...settingsOf(asking, SETTINGS), thinkingConfig: thinkingConfig(asking),
  };
  const body = {
    systemInstruction: system.length > 0 ? { parts: system } : undefined,
    contents,
    ...toolFields(asking),
    generationConfig: Object.values(generation).some((value) => value !== undefined) ? generation : undefined,
  };
  return notes.conclude(body);
}

const stop: Setting = (node) => {
  const stops = stopsOf(node);
  return stops.length > 0 ? { stopSequences: stops.map(raw) } : {};
};

const logprobs: Setting = (node) => (isTrue(node) ? { responseLogprobs: true } : {});

const topLogprobs: Setting = (node, { root, notes }) => {
  if (isTrue(get(root, 'logprobs'))) return { logprobs: raw(node) };
  notes.warn(node, 'left out: logprobs were not asked for');
  return {};
};

const penalty = (name: string): Setting => (node) => (numberOf(node) === 0 ? {} : { [name]: raw(node) });

const choices: Setting = (node) => (numberOf(node) === 1 ? {} : { candidateCount: raw(node) });

const modalities: Setting = (node, { notes }) => {
  if (node.items.some((one) => stringOf(one) !== 'text')) notes.warn(node, 'left out: Chat has no place for what Gemini would say in sound or pictures');
  return {};
};

const who = hint('Gemini does not ask who the user is');
const cached = hint('Gemini finds by itself what it has in its cache');

const SETTINGS: Readonly<Record<string, Setting>> = {
  ...READ_ELSEWHERE, stream_options: elsewhere, stream: elsewhere, web_search_options: elsewhere,
  temperature: asIs('temperature'), top_p: asIs('topP'), top_k: asIs('topK'), seed: asIs('seed'), stop,
  presence_penalty: penalty('presencePenalty'), frequency_penalty: penalty('frequencyPenalty'), n: choices, logprobs, top_logprobs: topLogprobs,
  response_format: formatSetting, modalities,
  logit_bias: cannot('Gemini has no bias of tokens', isEmpty),
  user: who, safety_identifier: who, metadata: hint('Gemini keeps nothing of it'), store: hint('Gemini keeps nothing'),
  service_tier: hint('Gemini has no such tiers'), prompt_cache_key: cached, prompt_cache_retention: cached,
  verbosity: hint('Gemini has no verbosity'), prediction: hint('Gemini takes no prediction'), audio: hint('Gemini chooses the voice'),
};
