/** The facts of an Anthropic Messages request; Bedrock's InvokeModel and Vertex write the same body. */
import type { Fact, Role, Source } from './fact.ts';
import { isObject, listIn, objectIn, parseJson, stringIn, textOf, type JsonObject } from './json.ts';
import {
  cacheFact, detailFacts, foreignFact, hostedFacts, kindOf, replayFact, settingFact, settingFacts, textFact, thinkingFact, toolChoice, toolFact,
} from './parts.ts';

/** @throws SyntaxError when the text is no JSON */
export function messagesRequest(text: string): readonly Fact[] {
  const body = objectIn(parseJson(text));
  return [
    ...blocksFacts(body['system'], 'system', 'system'),
    ...listIn(body['messages']).flatMap((message, index) => messageFacts(objectIn(message), `messages[${index}]`)),
    ...listIn(body['tools']).flatMap((tool, index) => toolFacts(tool, `tools[${index}]`)),
    ...settingFacts(body, SETTINGS),
  ];
}

function messageFacts(message: JsonObject, path: string): readonly Fact[] {
  const written = stringIn(message['role']);
  const role: Role = written === 'assistant' || written === 'system' ? written : 'user';
  return [...blocksFacts(message['content'], `${path}.content`, role), ...detailFacts({ path, of: 'message' }, message, ['role', 'content'])];
}

/** A string, or blocks. */
function blocksFacts(content: unknown, path: string, role: Role): readonly Fact[] {
  if (!Array.isArray(content)) return textFact(path, role, content);
  return content.flatMap((block, index) => blockFacts(objectIn(block), `${path}[${index}]`, role));
}

/** One block of a request or of an answer. */
export function blockFacts(block: JsonObject, path: string, role: Role): readonly Fact[] {
  const type = stringIn(block['type']);
  const known = MEMBERS[type];
  if (known === undefined) return [...foreignFact(path, role, block), ...cacheFact(path, 'foreign', block)];
  return [
    ...saidIn(block, path, role),
    ...cacheFact(path, role === 'result' ? 'result' : KINDS[type] ?? 'media', block),
    ...detailFacts({ path, of: KINDS[type] ?? 'media' }, block, ['type', 'cache_control', ...known]),
  ];
}

/** Members of each type of block that `saidIn` reads; citations of an answer are read by its own reader. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  text: ['text', 'citations'], thinking: ['thinking', 'signature'], redacted_thinking: ['data'], image: ['source'], document: ['source'],
  tool_use: ['id', 'name', 'input', 'caller'], tool_result: ['tool_use_id', 'content', 'is_error'],
};
const KINDS: Readonly<Record<string, string>> = { text: 'text', thinking: 'thinking', redacted_thinking: 'replay', tool_use: 'call', tool_result: 'result' };

function saidIn(block: JsonObject, path: string, role: Role): readonly Fact[] {
  switch (block['type']) {
    case 'text': return textFact(path, role, block['text']);
    case 'thinking': return [...thinkingFact(path, block['thinking']), ...replayFact(path, 'anthropic', block['signature'])];
    case 'redacted_thinking': return replayFact(path, 'anthropic', block['data']);
    case 'tool_use': return [callFact(block, path)];
    case 'tool_result': return resultFacts(block, path);
    default: return sourceFacts(block, path, role);
  }
}

const callFact = (block: JsonObject, path: string): Fact => ({
  path, kind: 'call', id: stringIn(block['id']), name: stringIn(block['name']), arguments: isObject(block['input']) ? textOf(block['input']) : '{}',
});

const resultFacts = (block: JsonObject, path: string): readonly Fact[] => [
  { path, kind: 'result', id: stringIn(block['tool_use_id']), error: block['is_error'] === true },
  ...blocksFacts(block['content'], `${path}.content`, 'result'),
];

function sourceFacts(block: JsonObject, path: string, role: Role): readonly Fact[] {
  const source = objectIn(block['source']);
  const image = block['type'] === 'image';
  const type = stringIn(source['media_type']) || (image ? 'image/*' : 'application/pdf');
  const place = { path, role, kind: 'media' } as const;
  const pointed = (from: Source): readonly Fact[] => [{ ...place, type: kindOf(type), source: from }];
  switch (source['type']) {
    case 'base64': return [{ ...place, type, source: { base64: stringIn(source['data']) } }];
    case 'text': return [{ ...place, type: 'text/plain', source: { text: stringIn(source['data']) } }];
    case 'url': return pointed({ url: stringIn(source['url']) });
    case 'file': return pointed({ file: stringIn(source['file_id']) });
    default: return foreignFact(path, role, block);
  }
}

function toolFacts(value: unknown, path: string): readonly Fact[] {
  const tool = objectIn(value);
  if (/^web_search_/.test(stringIn(tool['type']))) return [...hostedFacts({ path, name: 'web_search' }, tool, ['type', 'name', 'cache_control']), ...cacheFact(path, 'tool', tool)];
  const custom = (tool['type'] ?? 'custom') === 'custom' && isObject(tool['input_schema']);
  if (!custom) return foreignFact(path, 'system', value);
  return [
    toolFact(path, tool, tool['input_schema']),
    ...cacheFact(path, 'tool', tool),
    ...detailFacts({ path, of: 'tool' }, tool, ['type', 'name', 'description', 'input_schema', 'cache_control']),
  ];
}

/** Those that are read elsewhere, or that belong to the connection, are null. */
const SETTINGS: Parameters<typeof settingFacts>[1] = {
  model: null, messages: null, system: null, tools: null, stream: null, anthropic_version: null, anthropic_beta: null,
  max_tokens: 'max_tokens', temperature: 'temperature', top_p: 'top_p', top_k: 'top_k', stop_sequences: 'stop', service_tier: 'service_tier',
  tool_choice: choiceFacts, thinking: thinkingFacts, output_config: outputFacts,
  metadata: (value, path) => settingFacts(objectIn(value), { user_id: 'user' }, path),
};

function choiceFacts(value: unknown, path: string): readonly Fact[] {
  const choice = objectIn(value);
  const type = stringIn(choice['type']);
  const alone = choice['disable_parallel_tool_use'];
  return [
    ...toolChoice(path, type === 'tool' ? { tool: stringIn(choice['name']) } : type === 'any' ? 'required' : type),
    ...(typeof alone === 'boolean' ? settingFact(`${path}.disable_parallel_tool_use`, 'parallel', !alone) : []),
  ];
}

function thinkingFacts(value: unknown, path: string): readonly Fact[] {
  const { type, ...rest } = objectIn(value);
  return [
    ...settingFact(path, 'reasoning.on', type !== 'disabled'),
    ...settingFacts(rest, { budget_tokens: 'reasoning.budget', display: 'reasoning.display' }, path),
  ];
}

function outputFacts(value: unknown, path: string): readonly Fact[] {
  return settingFacts(objectIn(value), {
    effort: 'reasoning.effort',
    format: (format, at) => settingFact(at, 'format', { schema: objectIn(format)['schema'] ?? {} }),
  }, path);
}
