/** A Chat Completions request as a generateContent request. Model and streaming stand in the address, not in the body. */
import { get, isTrue, numberOf, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import { takeNotes } from '../notes.ts';
import type { ConvertedRequest, Refused, RequestInput } from '../pair.ts';
import { asIs, cannot, elsewhere, hint, settingsOf, type Asking, type Setting } from '../settings.ts';
import { thinkingConfig } from './reasoning.ts';
import { formatSetting, toolFields } from './tools.ts';
import { conversationOf } from './turns.ts';

export function request(input: RequestInput): ConvertedRequest | Refused {
  const root = readJson(input.text);
  if (root?.kind !== 'object') return { kind: 'refused', path: '', reason: 'the body must be a JSON object' };
  const notes = takeNotes(input.onUnsupported);
  const asking: Asking = { root, rules: input.rules, notes };
  const { system, contents } = conversationOf(root, { ...input, notes });
  const generation: JsonFields = { maxOutputTokens: maximumOf(asking), ...settingsOf(asking, SETTINGS), thinkingConfig: thinkingConfig(asking) };
  const body = {
    systemInstruction: system.length > 0 ? { parts: system } : undefined,
    contents,
    ...toolFields(asking),
    generationConfig: Object.values(generation).some((value) => value !== undefined) ? generation : undefined,
  };
  return notes.conclude(body);
}

function maximumOf({ root, notes }: Asking): Json | undefined {
  const newer = get(root, 'max_completion_tokens');
  const older = get(root, 'max_tokens');
  if (newer && older && Number(newer.value) !== Number(older.value)) notes.warn(older, 'left out: max_completion_tokens stands');
  const node = newer ?? older;
  const tokens = Number(node?.value);
  if (!node || !(tokens > 0)) return undefined; // -1: there is no bound
  return numberOf(node) === undefined ? tokens : raw(node);
}

const stop: Setting = (node) => {
  const stops = (node.kind === 'array' ? node.items : [node]).filter((one) => (stringOf(one) ?? '') !== '');
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

const isEmpty = (node: JsonNode): boolean => node.members.size === 0 && node.items.length === 0;
const who = hint('Gemini does not ask who the user is');
const cached = hint('Gemini finds by itself what it has in its cache');

const SETTINGS: Readonly<Record<string, Setting>> = {
  model: elsewhere, messages: elsewhere, tools: elsewhere, functions: elsewhere, tool_choice: elsewhere, function_call: elsewhere,
  parallel_tool_calls: elsewhere, max_tokens: elsewhere, max_completion_tokens: elsewhere, stream_options: elsewhere, stream: elsewhere,
  reasoning_effort: elsewhere, reasoning: elsewhere, web_search_options: elsewhere,
  temperature: asIs('temperature'), top_p: asIs('topP'), top_k: asIs('topK'), seed: asIs('seed'), stop,
  presence_penalty: penalty('presencePenalty'), frequency_penalty: penalty('frequencyPenalty'), n: choices, logprobs, top_logprobs: topLogprobs,
  response_format: formatSetting, modalities,
  logit_bias: cannot('Gemini has no bias of tokens', isEmpty),
  user: who, safety_identifier: who, metadata: hint('Gemini keeps nothing of it'), store: hint('Gemini keeps nothing'),
  service_tier: hint('Gemini has no such tiers'), prompt_cache_key: cached, prompt_cache_retention: cached,
  verbosity: hint('Gemini has no verbosity'), prediction: hint('Gemini takes no prediction'), audio: hint('Gemini chooses the voice'),
};
