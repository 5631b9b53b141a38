/** The facts of a Responses request. */
import type { Fact, Role } from './fact.ts';
import { compactText, isObject, listIn, objectIn, parseJson, stringIn, type JsonObject } from './json.ts';
import { detailFacts, foreignFact, hostedFacts, kindOf, replayFact, settingFact, settingFacts, textFact, thinkingFact, toolChoice, toolFact, urlFact } from './parts.ts';

/** @throws SyntaxError when the text is no JSON */
export function responsesRequest(text: string): readonly Fact[] {
  const body = objectIn(parseJson(text));
  const input = body['input'];
  return [
    ...textFact('instructions', 'system', body['instructions']),
    ...(Array.isArray(input) ? input.flatMap((item, index) => itemFacts(objectIn(item), `input[${index}]`)) : textFact('input', 'user', input)),
    ...listIn(body['tools']).flatMap((tool, index) => toolFacts(tool, `tools[${index}]`)),
    ...settingFacts(body, SETTINGS),
  ];
}

/** One item of a request's input or of an answer's output. */
export function itemFacts(item: JsonObject, path: string): readonly Fact[] {
  switch (item['type'] ?? 'message') {
    case 'message': return messageFacts(item, path);
    case 'function_call': return [callFact(item, path), ...detailFacts({ path, of: 'call' }, item, CALL)];
    case 'custom_tool_call': return [{ path, kind: 'call', id: stringIn(item['call_id']), name: stringIn(item['name']), arguments: JSON.stringify(stringIn(item['input'])) }];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return resultFacts(item, path);
    case 'reasoning': return reasoningFacts(item, path);
    default: return foreignFact(path, 'assistant', item);
  }
}

/** What an item says of itself: where it stands, who made it. */
const ITEM = ['type', 'id', 'status', 'object', 'created_by', 'phase', 'item_id', 'output_index', 'sequence_number'];
const CALL = [...ITEM, 'call_id', 'name', 'arguments'];
const ROLES: Readonly<Record<string, Role>> = { system: 'system', developer: 'system', user: 'user', assistant: 'assistant' };

function messageFacts(item: JsonObject, path: string): readonly Fact[] {
  const role = ROLES[stringIn(item['role'])];
  if (role === undefined) return foreignFact(path, 'user', item);
  return [...contentFacts(item['content'], `${path}.content`, role), ...detailFacts({ path, of: 'message' }, item, [...ITEM, 'role', 'content'])];
}

function contentFacts(content: unknown, path: string, role: Role): readonly Fact[] {
  if (isObject(content)) return partFacts(content, path, role);
  if (!Array.isArray(content)) return textFact(path, role, content);
  return content.flatMap((part, index) => partFacts(objectIn(part), `${path}[${index}]`, role));
}

function partFacts(part: JsonObject, path: string, role: Role): readonly Fact[] {
  const place = { path, role };
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return [...textFact(path, role, part['text']), ...detailFacts({ path, of: 'text' }, part, ['type', 'text', 'annotations', 'logprobs'])];
    case 'refusal': return [{ path, kind: 'refusal', text: stringIn(part['refusal']) }];
    case 'input_image': return [...pointedFacts(place, part, 'image'), ...detailFacts({ path, of: 'media' }, part, ['type', 'image_url', 'file_id'])];
    case 'input_file':
      return [...pointedFacts(place, part, 'file'), ...detailFacts({ path, of: 'media' }, part, ['type', 'file_data', 'file_url', 'file_id'])];
    default: return foreignFact(path, role, part);
  }
}

function pointedFacts(place: { readonly path: string; readonly role: Role }, part: JsonObject, what: 'image' | 'file'): readonly Fact[] {
  const type = what === 'image' ? 'image/*' : 'application/pdf';
  const url = what === 'image' ? part['image_url'] : part['file_data'] ?? part['file_url'];
  if (typeof url === 'string') return [urlFact(place, url, type)];
  return [{ ...place, kind: 'media', type: kindOf(type), source: { file: stringIn(part['file_id']) } }];
}

const callFact = (item: JsonObject, path: string): Fact => ({
  path, kind: 'call', id: stringIn(item['call_id']), name: stringIn(item['name']), arguments: compactText(stringIn(item['arguments'])) || '{}',
});

const resultFacts = (item: JsonObject, path: string): readonly Fact[] => [
  { path, kind: 'result', id: stringIn(item['call_id']), error: false },
  ...contentFacts(item['output'], `${path}.output`, 'result'),
  ...detailFacts({ path, of: 'result' }, item, [...ITEM, 'call_id', 'output']),
];

function reasoningFacts(item: JsonObject, path: string): readonly Fact[] {
  const texts = (name: 'summary' | 'content') => listIn(item[name]).flatMap((part, index) => thinkingFact(`${path}.${name}[${index}]`, objectIn(part)['text']));
  const summary = texts('summary');
  return [...(summary.length > 0 ? summary : texts('content')), ...replayFact(`${path}.encrypted_content`, 'openai', item['encrypted_content'])];
}

/** Flat as documented, or as Chat nests it, which some servers take as well. */
function toolFacts(value: unknown, path: string): readonly Fact[] {
  const tool = objectIn(value);
  if (tool['type'] === 'custom') return [toolFact(path, tool, { custom: tool['format'] })];
  if (/^web_search/.test(stringIn(tool['type']))) return hostedFacts({ path, name: 'web_search' }, tool, ['type']);
  if (tool['type'] !== 'function') return foreignFact(path, 'system', value);
  const nested = isObject(tool['function']);
  const called = nested ? objectIn(tool['function']) : tool;
  return [
    toolFact(path, called, called['parameters']),
    ...detailFacts({ path: nested ? `${path}.function` : path, of: 'tool' }, called, ['type', 'name', 'description', 'parameters']),
  ];
}

/** Those that are read elsewhere, or that belong to the connection, are null. */
const SETTINGS: Parameters<typeof settingFacts>[1] = {
  model: null, instructions: null, input: null, tools: null, stream: null, stream_options: null,
  max_output_tokens: 'max_tokens', temperature: 'temperature', top_p: 'top_p', top_logprobs: 'top_logprobs', user: 'user',
  service_tier: 'service_tier', metadata: 'metadata', store: 'store', prompt_cache_key: 'prompt_cache_key', parallel_tool_calls: 'parallel',
  tool_choice: choiceFacts, text: textSettings, include: includeFacts,
  reasoning: (value, path) => settingFacts(objectIn(value), { effort: 'reasoning.effort', summary: 'reasoning.summary' }, path),
};

function choiceFacts(value: unknown, path: string): readonly Fact[] {
  if (typeof value === 'string') return toolChoice(path, value);
  const choice = objectIn(value);
  return choice['type'] === 'function' ? toolChoice(path, { tool: stringIn(choice['name']) }) : settingFact(path, 'field:tool_choice', value);
}

function textSettings(value: unknown, path: string): readonly Fact[] {
  return settingFacts(objectIn(value), { verbosity: 'verbosity', format: formatFacts }, path);
}

function formatFacts(value: unknown, path: string): readonly Fact[] {
  const format = objectIn(value);
  if (format['type'] === 'text') return [];
  if (format['type'] !== 'json_schema') return settingFact(path, 'format', format['type']);
  return [
    ...settingFact(path, 'format', { schema: format['schema'] ?? {} }),
    ...['name', 'strict', 'description'].flatMap((name) => settingFact(`${path}.${name}`, `format.${name}`, format[name])),
  ];
}

function includeFacts(value: unknown, path: string): readonly Fact[] {
  return listIn(value).flatMap((name, index) => {
    const at = `${path}[${index}]`;
    if (name === 'message.output_text.logprobs') return settingFact(at, 'logprobs', true);
    return settingFact(at, name === 'reasoning.encrypted_content' ? 'reasoning.replay' : `field:include ${String(name)}`, true);
  });
}
