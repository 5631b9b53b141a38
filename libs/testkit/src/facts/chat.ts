/** The facts of a Chat Completions request, as OpenAI and those who copied its API write it. */
import type { Fact, Role } from './fact.ts';
import { compactText, isObject, listIn, objectIn, parseJson, stringIn, type JsonObject } from './json.ts';
import {
  cacheFact, detailFacts, foreignFact, hostedFacts, kindOf, modalityFacts, replayFact, settingFact, settingFacts, stopFact, textFact, thinkingFact, toolChoice, toolFact,
  unlessZero, urlFact,
} from './parts.ts';

/** @throws SyntaxError when the text is no JSON */
export function chatRequest(text: string): readonly Fact[] {
  const body = objectIn(parseJson(text));
  return [
    ...listIn(body['messages']).flatMap((message, index) => messageFacts(objectIn(message), `messages[${index}]`)),
    ...listIn(body['tools']).flatMap((tool, index) => toolFacts(tool, `tools[${index}]`)),
    ...listIn(body['functions']).map((tool, index) => toolFact(`functions[${index}]`, objectIn(tool), objectIn(tool)['parameters'])),
    ...settingFacts(body, SETTINGS),
  ];
}

const ROLES: Readonly<Record<string, Role>> = { system: 'system', developer: 'system', user: 'user', assistant: 'assistant' };

function messageFacts(message: JsonObject, path: string): readonly Fact[] {
  const written = stringIn(message['role']);
  if (written === 'tool' || written === 'function') return resultFacts(message, path);
  const role = ROLES[written];
  if (role === undefined) return foreignFact(path, 'user', message);
  if (role === 'assistant') return assistantFacts(message, path);
  return [...contentFacts(message['content'], `${path}.content`, role), ...cacheFact(path, 'text', message), ...detailFacts({ path, of: 'message' }, message, MESSAGE)];
}

const MESSAGE = ['role', 'content', 'cache_control'];

function resultFacts(message: JsonObject, path: string): readonly Fact[] {
  const name = stringIn(message['name']);
  return [
    { path, kind: 'result', id: stringIn(message['tool_call_id']), ...(name ? { name } : {}), error: message['is_error'] === true },
    ...contentFacts(message['content'], `${path}.content`, 'result'),
    ...cacheFact(path, 'result', message),
    ...detailFacts({ path, of: 'result' }, message, [...MESSAGE, 'tool_call_id', 'name', 'is_error']),
  ];
}

function assistantFacts(message: JsonObject, path: string): readonly Fact[] {
  return [...sayFacts(message, path), ...cacheFact(path, 'text', message), ...detailFacts({ path, of: 'message' }, message, [...MESSAGE, ...SAID])];
}

/** Members of an assistant's message that `sayFacts` reads, or that repeat what it reads. */
const SAID = [
  'reasoning', 'reasoning_content', 'reasoning_details', 'refusal', 'tool_calls', 'function_call', 'extra_content', 'thought_signature',
  'annotations',
];

/** What an assistant's message says: thoughts, then text, then calls. Requests and answers write it alike. */
export function sayFacts(message: JsonObject, path: string): readonly Fact[] {
  const call = message['function_call'];
  return [
    ...thoughtFacts(message, path),
    ...contentFacts(message['content'], `${path}.content`, 'assistant'),
    ...(stringIn(message['refusal']) ? [{ path: `${path}.refusal`, kind: 'refusal', text: stringIn(message['refusal']) } as const] : []),
    ...listIn(message['tool_calls']).flatMap((one, index) => callFacts(objectIn(one), `${path}.tool_calls[${index}]`)),
    ...(isObject(call) ? [callFact(call, '', `${path}.function_call`)] : []),
    ...signatureFact(message, path),
  ];
}

/** The details where there are any: the text beside them is the same once more. */
function thoughtFacts(message: JsonObject, path: string): readonly Fact[] {
  const details = listIn(message['reasoning_details']);
  const facts = details.flatMap((detail, index) => thoughtDetailFacts(objectIn(detail), `${path}.reasoning_details[${index}]`));
  if (facts.some(({ kind }) => kind === 'thinking')) return facts;
  const name = stringIn(message['reasoning']) ? 'reasoning' : 'reasoning_content';
  return [...thinkingFact(`${path}.${name}`, message[name]), ...facts];
}

function thoughtDetailFacts(detail: JsonObject, path: string): readonly Fact[] {
  const family = familyOf(stringIn(detail['format']));
  return [
    ...thinkingFact(path, detail['text'] ?? detail['summary']),
    ...replayFact(path, family, detail['signature']),
    ...replayFact(path, family, detail['data']),
  ];
}

/** The part of a format's name that says whose it is: `anthropic-claude-v1`, `openai-responses-v1`, `google-gemini-v1`. */
const familyOf = (format: string): string => format.split('-')[0] || 'unknown';

function callFacts(call: JsonObject, path: string): readonly Fact[] {
  const custom = call['custom'];
  if (isObject(custom)) return [{ path, kind: 'call', id: stringIn(call['id']), name: stringIn(custom['name']), arguments: JSON.stringify(stringIn(custom['input'])) }];
  if (!isObject(call['function'])) return foreignFact(path, 'assistant', call);
  return [callFact(call['function'], stringIn(call['id']), path), ...signatureFact(call, path)];
}

const callFact = (called: JsonObject, id: string, path: string): Fact => ({
  path, kind: 'call', id, name: stringIn(called['name']), arguments: compactText(stringIn(called['arguments'])) || '{}',
});

const signatureFact = (holder: JsonObject, path: string): readonly Fact[] =>
  replayFact(`${path}.extra_content`, 'google', objectIn(objectIn(holder['extra_content'])['google'])['thought_signature']);

export function contentFacts(content: unknown, path: string, role: Role): readonly Fact[] {
  if (!Array.isArray(content)) return textFact(path, role, content);
  return content.flatMap((part, index) => partFacts(part, `${path}[${index}]`, role));
}

function partFacts(value: unknown, path: string, role: Role): readonly Fact[] {
  const part = objectIn(value);
  return [...partFact(part, path, role), ...cacheFact(path, role === 'result' ? 'result' : part['type'] === 'text' ? 'text' : 'media', part)];
}

function partFact(part: JsonObject, path: string, role: Role): readonly Fact[] {
  const place = { path, role };
  switch (part['type']) {
    case 'text': return textFact(path, role, part['text']);
    case 'refusal': return [{ path, kind: 'refusal', text: stringIn(part['refusal']) }];
    case 'thinking': return listIn(part['thinking']).flatMap((piece, index) => thinkingFact(`${path}.thinking[${index}]`, objectIn(piece)['text']));
    case 'image_url': return pointedFacts(place, part, 'image/*');
    case 'file_url': return pointedFacts(place, part, 'application/*');
    case 'video_url': return pointedFacts(place, part, 'video/*');
    case 'input_audio': return [audioFact(place, objectIn(part['input_audio']))];
    case 'file': return fileFacts(place, objectIn(part['file']));
    default: return foreignFact(path, role, part);
  }
}

interface Place {
  readonly path: string;
  readonly role: Role;
}

/** `{url, detail}`, or the URL itself as some clients write it. */
function pointedFacts(place: Place, part: JsonObject, type: string): readonly Fact[] {
  const name = stringIn(part['type']);
  const pointer = part[name];
  if (!isObject(pointer)) return [urlFact(place, pointer, type)];
  return [urlFact(place, pointer['url'], type), ...detailFacts({ path: `${place.path}.${name}`, of: 'media' }, pointer, ['url'])];
}

const audioFact = (place: Place, audio: JsonObject): Fact => ({
  ...place, kind: 'media', type: `audio/${stringIn(audio['format'])}`, source: { base64: stringIn(audio['data']) },
});

function fileFacts(place: Place, file: JsonObject): readonly Fact[] {
  const media: Fact = file['file_data'] === undefined
    ? { ...place, kind: 'media', type: kindOf('application/*'), source: { file: stringIn(file['file_id']) } }
    : urlFact(place, file['file_data'], 'application/pdf');
  return [media, ...detailFacts({ path: `${place.path}.file`, of: 'media' }, file, ['file_data', 'file_id'])];
}

function toolFacts(value: unknown, path: string): readonly Fact[] {
  const tool = objectIn(value);
  const called = tool['function'];
  if (isObject(tool['custom'])) return [toolFact(path, tool['custom'], { custom: tool['custom']['format'] })];
  if (!isObject(called)) return foreignFact(path, 'system', value);
  return [
    toolFact(path, called, called['parameters']),
    ...cacheFact(path, 'tool', tool),
    ...detailFacts({ path: `${path}.function`, of: 'tool' }, called, ['name', 'description', 'parameters']),
    ...detailFacts({ path, of: 'tool' }, tool, ['type', 'function', 'cache_control']),
  ];
}

/** Those that are read elsewhere, or that belong to the connection, are null. */
const SETTINGS: Parameters<typeof settingFacts>[1] = {
  model: null, messages: null, tools: null, functions: null, stream: null, stream_options: null,
  max_tokens: boundFacts, max_completion_tokens: boundFacts, temperature: 'temperature', top_p: 'top_p', top_k: 'top_k',
  seed: 'seed', random_seed: 'seed', presence_penalty: unlessZero('presence_penalty'), frequency_penalty: unlessZero('frequency_penalty'),
  n: (value, path) => (value === 1 ? [] : settingFact(path, 'n', value)),
  logprobs: (value, path) => (value === true ? settingFact(path, 'logprobs', true) : []),
  top_logprobs: 'top_logprobs', user: 'user', service_tier: 'service_tier', metadata: 'metadata', store: 'store',
  verbosity: 'verbosity', prompt_cache_key: 'prompt_cache_key', parallel_tool_calls: 'parallel', stop: stopFact,
  reasoning_effort: 'reasoning.effort', tool_choice: choiceFacts, function_call: legacyChoiceFacts, modalities: modalityFacts, web_search_options: searchFacts,
  response_format: formatFacts, reasoning: reasoningFacts,
};

/** LM Studio's clients write it as a string, too, and -1 for none. */
function boundFacts(value: unknown, path: string): readonly Fact[] {
  return Number(value) > 0 ? settingFact(path, 'max_tokens', Number(value)) : [];
}

function searchFacts(value: unknown, path: string): readonly Fact[] {
  return hostedFacts({ path, name: 'web_search' }, objectIn(value), []);
}

function legacyChoiceFacts(value: unknown, path: string): readonly Fact[] {
  return toolChoice(path, isObject(value) ? { tool: stringIn(value['name']) } : stringIn(value));
}

/** `any` is Mistral's word. */
function choiceFacts(value: unknown, path: string): readonly Fact[] {
  if (typeof value === 'string') return toolChoice(path, value === 'any' ? 'required' : value);
  const choice = objectIn(value);
  const named = objectIn(choice['function'])['name'];
  return typeof named === 'string' ? toolChoice(path, { tool: named }) : settingFact(path, 'field:tool_choice', value);
}

function formatFacts(value: unknown, path: string): readonly Fact[] {
  const format = objectIn(value);
  if (format['type'] === 'text') return [];
  if (format['type'] !== 'json_schema') return settingFact(path, 'format', format['type']);
  const schema = objectIn(format['json_schema']);
  return [
    ...settingFact(path, 'format', { schema: schema['schema'] ?? {} }),
    ...['name', 'strict', 'description'].flatMap((name) => settingFact(`${path}.json_schema.${name}`, `format.${name}`, schema[name])),
  ];
}

/** OpenRouter's spelling. */
function reasoningFacts(value: unknown, path: string): readonly Fact[] {
  const known = { effort: 'reasoning.effort', max_tokens: 'reasoning.budget', exclude: 'reasoning.hidden', enabled: 'reasoning.on' };
  return settingFacts(objectIn(value), known, path);
}
