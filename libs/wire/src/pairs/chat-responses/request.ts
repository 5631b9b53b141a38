/** A Chat Completions request as a Responses request. */
import { boundOf, isEmpty, isOne, isZero, READ_ELSEWHERE, textAlone, wishOf } from '../../formats/chat/read-settings.ts';
import { get, isTrue, readJson } from '../../leaf/json-node.ts';
import { raw, type Json, type JsonFields } from '../../leaf/json-write.ts';
import { takeNotes } from '../../leaf/notes.ts';
import type { ConvertedRequest, Refused, RequestInput } from '../pair.ts';
import { asIs, cannot, elsewhere, hint, settingsOf, type Asking, type Setting } from '../../leaf/settings.ts';
import { inputOf } from './input.ts';
import { formatSetting, toolFields } from './tools.ts';

export function request(input: RequestInput): ConvertedRequest | Refused {
  const root = readJson(input.text);
  if (root?.kind !== 'object') return { kind: 'refused', path: '', reason: 'the body must be a JSON object' };
  const notes = takeNotes(input.onUnsupported);
  const asking: Asking = { root, rules: input.rules, notes };
  const items = inputOf(root, { ...input, notes });
  const { format, verbosity, ...settings } = settingsOf(asking, SETTINGS);
  const reasoning = reasoningOf(asking);
  const body = {
    model: input.model,
    input: items,
    ...toolFields(asking),
    ...settings,
    max_output_tokens: maximumOf(asking),
    text: format ?? verbosity ? { format, verbosity } : undefined,
    reasoning,
    include: includeOf(asking, reasoning),
    // Chat keeps nothing unless it is asked to; Responses keeps everything unless it is asked not to.
    store: settings['store'] ?? false,
  };
  return notes.conclude(body);
}

/** Fewer are refused by the API. */
const LEAST_OUTPUT_TOKENS = 16;

function maximumOf({ root, notes }: Asking): Json | undefined {
  const bound = boundOf(root, notes);
  if (!bound || bound.tokens >= LEAST_OUTPUT_TOKENS) return bound?.said;
  notes.warn(bound.node, `said as ${LEAST_OUTPUT_TOKENS}, the least that Responses takes`);
  return LEAST_OUTPUT_TOKENS;
}

/** A budget in tokens, in words. */
const effortFor = (tokens: number): string => (tokens <= 2048 ? 'low' : tokens <= 8192 ? 'medium' : 'high');

function reasoningOf({ root, rules, notes }: Asking): JsonFields | undefined {
  const { effort, budget, summary } = wishOf(root);
  for (const key of ['exclude', 'enabled']) {
    const node = get(get(root, 'reasoning'), key);
    if (node) notes.warn(node, 'left out: Responses is told how hard to try, and nothing else');
  }
  if (rules.reasoning === 'none') {
    for (const node of [effort?.node, budget?.node]) if (node) notes.warn(node, 'left out: this model does not reason');
    return undefined;
  }
  if (budget) notes.warn(budget.node, effort ? 'left out: the effort stands' : `said as effort ${effortFor(budget.tokens)}: Responses has no budget`);
  const word = effort ? raw(effort.node) : budget && effortFor(budget.tokens);
  return word === undefined && !summary ? undefined : { effort: word, summary: summary && raw(summary) };
}

/** What the answer is to carry beside the output: logprobs where they were asked for, and reasoning that can be given back. */
function includeOf({ root, rules }: Asking, reasoning: JsonFields | undefined): readonly string[] | undefined {
  const isReasoning = rules.reasoning === 'effort' || (reasoning !== undefined && wishOf(root).effort?.word !== 'none');
  const include = [
    ...(isTrue(get(root, 'logprobs')) ? ['message.output_text.logprobs'] : []),
    ...(isReasoning ? ['reasoning.encrypted_content'] : []),
  ];
  return include.length > 0 ? include : undefined;
}

const topLogprobs: Setting = (node, { root, notes }) => {
  if (isTrue(get(root, 'logprobs'))) return { top_logprobs: raw(node) };
  notes.warn(node, 'left out: logprobs were not asked for');
  return {};
};

const streamOptions: Setting = (node) => {
  const obfuscation = get(node, 'include_obfuscation');
  return obfuscation ? { stream_options: { include_obfuscation: raw(obfuscation) } } : {};
};

const penalty = cannot('Responses has no penalties', isZero);

const SETTINGS: Readonly<Record<string, Setting>> = {
  ...READ_ELSEWHERE, web_search_options: elsewhere, logprobs: elsewhere,
  stream: asIs('stream'), stream_options: streamOptions, temperature: asIs('temperature'), top_p: asIs('top_p'), top_logprobs: topLogprobs,
  user: asIs('user'), safety_identifier: asIs('safety_identifier'), metadata: asIs('metadata'), store: asIs('store'),
  service_tier: asIs('service_tier'), prompt_cache_key: asIs('prompt_cache_key'), prompt_cache_retention: asIs('prompt_cache_retention'),
  verbosity: asIs('verbosity'), response_format: formatSetting, modalities: textAlone('Responses'),
  seed: hint('Responses has no seed'), prediction: hint('Responses takes no prediction'), audio: hint('Responses answers in text alone'),
  n: cannot('Responses gives one answer', isOne),
  stop: cannot('Responses has no stop sequences', isEmpty),
  logit_bias: cannot('Responses has no bias of tokens', isEmpty),
  presence_penalty: penalty, frequency_penalty: penalty,
};
