/** The facts of a Bedrock Converse request. Bytes stand in it as base64. */
import type { Fact, Role, Source } from './fact.ts';
import { canonical, isObject, listIn, objectIn, parseJson, stringIn, textOf, type JsonObject } from './json.ts';
import { detailFacts, foreignFact, replayFact, settingFact, settingFacts, textFact, thinkingFact, toolChoice, toolFact } from './parts.ts';

/** @throws SyntaxError when the text is no JSON */
export function converseRequest(text: string): readonly Fact[] {
  const body = objectIn(parseJson(text));
  const tools = objectIn(body['toolConfig'])['tools'];
  return [
    ...blocksFacts(body['system'], 'system', 'system'),
    ...listIn(body['messages']).flatMap((message, index) => messageFacts(objectIn(message), `messages[${index}]`)),
    ...marked(listIn(tools), 'toolConfig.tools', toolFacts),
    ...settingFacts(body, SETTINGS),
  ];
}

const messageFacts = (message: JsonObject, path: string): readonly Fact[] =>
  blocksFacts(message['content'], `${path}.content`, message['role'] === 'assistant' ? 'assistant' : 'user');

/** Blocks, in which a cache point closes what stands before it. */
export const blocksFacts = (blocks: unknown, path: string, role: Role): readonly Fact[] =>
  marked(listIn(blocks), path, (block, at) => blockFacts(block, at, role));

function marked(blocks: readonly unknown[], path: string, read: (block: JsonObject, path: string) => readonly Fact[]): readonly Fact[] {
  let behind = 'text';
  return blocks.flatMap((value, index): readonly Fact[] => {
    const block = objectIn(value);
    const at = `${path}[${index}]`;
    const mark = block['cachePoint'];
    if (isObject(mark)) return [{ path: at, kind: 'cache', behind, ttl: stringIn(mark['ttl']) || '5m' }];
    const facts = read(block, at);
    // A result's own parts follow it; the mark closes the result.
    behind = facts[0]?.kind ?? behind;
    return facts;
  });
}

function blockFacts(block: JsonObject, path: string, role: Role): readonly Fact[] {
  const [name = '', inner] = Object.entries(block).find(([, value]) => value !== null && value !== undefined) ?? [];
  const value = objectIn(inner);
  switch (name) {
    case 'text': return textFact(path, role, inner);
    case 'json': return [{ path, kind: 'text', role, text: isObject(inner) ? textOf(inner) : canonical(inner) }];
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return mediaFacts({ path, role }, name, value);
    case 'toolUse': return isServers(value) ? [{ path, kind: 'foreign', role, type: 'server tool use', raw: textOf(value) }] : [callFact(value, path)];
    case 'toolResult':
      return isServers(value) ? [{ path, kind: 'foreign', role, type: 'server tool result', raw: textOf(value) }] : [
        { path, kind: 'result', id: stringIn(value['toolUseId']), error: value['status'] === 'error' },
        ...blocksFacts(value['content'], `${path}.toolResult.content`, 'result'),
      ];
    case 'reasoningContent': return reasoningFacts(value, path);
    case 'citationsContent': return citedFacts(value, path, role);
    default: return [{ path, kind: 'foreign', role, type: name, raw: isObject(inner) ? textOf(inner) : canonical(inner) }];
  }
}

/** Tools that Bedrock runs itself say of what type they are. */
const isServers = ({ type }: JsonObject): boolean => typeof type === 'string' && type !== 'tool_use';

const callFact = (use: JsonObject, path: string): Fact => ({
  path, kind: 'call', id: stringIn(use['toolUseId']), name: stringIn(use['name']), arguments: isObject(use['input']) ? textOf(use['input']) : '{}',
});

const reasoningFacts = (value: JsonObject, path: string): readonly Fact[] => {
  const text = objectIn(value['reasoningText']);
  return [
    ...thinkingFact(path, text['text']),
    ...replayFact(path, 'anthropic', text['signature']),
    ...replayFact(path, 'anthropic', value['redactedContent']),
  ];
};

const citedFacts = (value: JsonObject, path: string, role: Role): readonly Fact[] =>
  listIn(value['content']).flatMap((piece, index) => textFact(`${path}.citationsContent.content[${index}]`, role, objectIn(piece)['text']));

const TYPES: Readonly<Record<string, string>> = {
  pdf: 'application/pdf', txt: 'text/plain', md: 'text/markdown', html: 'text/html', csv: 'text/csv', doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

function mediaFacts(place: { readonly path: string; readonly role: Role }, what: string, value: JsonObject): readonly Fact[] {
  const source = objectIn(value['source']);
  const format = stringIn(value['format']);
  const type = what === 'document' ? TYPES[format] ?? `application/${format}` : `${what}/${format}`;
  const said = sourceOf(source);
  return [
    said === undefined ? foreignFact(place.path, place.role, { type: what })[0] : ({ ...place, kind: 'media', type, source: said } as const),
    ...detailFacts({ path: `${place.path}.${what}`, of: 'media' }, value, ['format', 'source']),
  ].filter((fact): fact is Fact => fact !== undefined);
}

function sourceOf(source: JsonObject): Source | undefined {
  if (typeof source['bytes'] === 'string') return { base64: source['bytes'] };
  if (typeof source['text'] === 'string') return { text: source['text'] };
  if (Array.isArray(source['content'])) return { text: source['content'].map((part) => stringIn(objectIn(part)['text'])).join('\n') };
  const bucket = objectIn(source['s3Location'])['uri'];
  return typeof bucket === 'string' ? { url: bucket } : undefined;
}

function toolFacts(tool: JsonObject, path: string): readonly Fact[] {
  const spec = tool['toolSpec'];
  if (!isObject(spec)) return [{ path, kind: 'foreign', role: 'system', type: Object.keys(tool)[0] ?? 'unknown', raw: textOf(tool) }];
  return [
    toolFact(path, spec, objectIn(spec['inputSchema'])['json']),
    ...detailFacts({ path: `${path}.toolSpec`, of: 'tool' }, spec, ['name', 'description', 'inputSchema']),
  ];
}

const SETTINGS: Parameters<typeof settingFacts>[1] = {
  messages: null, system: null, modelId: null,
  inferenceConfig: (value, path) => settingFacts(objectIn(value), {
    maxTokens: 'max_tokens', temperature: 'temperature', topP: 'top_p',
    stopSequences: (stops, at) => (listIn(stops).length === 0 ? [] : settingFact(at, 'stop', stops)),
  }, path),
  toolConfig: (value, path) => settingFacts(objectIn(value), { tools: null, toolChoice: choiceFacts }, path),
  outputConfig: (value, path) => settingFacts(objectIn(value), { textFormat: formatFacts, effort: 'reasoning.effort' }, path),
  additionalModelRequestFields: (value, path) => settingFacts(objectIn(value), {
    top_k: 'top_k', thinking: thinkingFacts, reasoning_effort: 'reasoning.effort', anthropic_beta: null,
    output_config: (config, at) => settingFacts(objectIn(config), { effort: 'reasoning.effort' }, at),
    tool_choice: (choice, at) => settingFacts(objectIn(choice), { type: null, name: null, disable_parallel_tool_use: parallelFact }, at),
  }, path),
  serviceTier: (value, path) => settingFact(path, 'service_tier', objectIn(value)['type']),
  requestMetadata: 'metadata',
};

const parallelFact = (value: unknown, path: string): readonly Fact[] => settingFact(path, 'parallel', value !== true);

function choiceFacts(value: unknown, path: string): readonly Fact[] {
  const [kind = '', inner] = Object.entries(objectIn(value))[0] ?? [];
  return toolChoice(path, kind === 'tool' ? { tool: stringIn(objectIn(inner)['name']) } : kind === 'any' ? 'required' : kind);
}

function thinkingFacts(value: unknown, path: string): readonly Fact[] {
  const { type, ...rest } = objectIn(value);
  return [...settingFact(path, 'reasoning.on', type !== 'disabled'), ...settingFacts(rest, { budget_tokens: 'reasoning.budget' }, path)];
}

/** The schema stands as text inside. */
function formatFacts(value: unknown, path: string): readonly Fact[] {
  const { schema, name, description } = objectIn(objectIn(objectIn(value)['structure'])['jsonSchema']);
  const inside = `${path}.structure.jsonSchema`;
  return [
    ...settingFact(path, 'format', { schema: parseJson(stringIn(schema) || '{}') }),
    ...settingFact(`${inside}.name`, 'format.name', name),
    ...settingFact(`${inside}.description`, 'format.description', description),
  ];
}
