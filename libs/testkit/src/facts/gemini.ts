/** The facts of a native Gemini request. Its JSON may name members either way: `inlineData` or `inline_data`. */
import type { Fact, Role } from './fact.ts';
import { camelised } from './camelise.ts';
import { canonical, isObject, listIn, objectIn, parseJson, stringIn, textOf, type JsonObject } from './json.ts';
import { detailFacts, foreignFact, hostedFacts, kindOf, replayFact, settingFact, modalityFacts, settingFacts, textFact, thinkingFact, toolChoice, toolFact, unlessZero } from './parts.ts';

/** @throws SyntaxError when the text is no JSON */
export function geminiRequest(text: string): readonly Fact[] {
  const body = camelised(objectIn(parseJson(text)));
  return [
    ...partsFacts(objectIn(body['systemInstruction'])['parts'], 'systemInstruction.parts', 'system'),
    ...listIn(body['contents']).flatMap((turn, index) => turnFacts(objectIn(turn), `contents[${index}]`)),
    ...listIn(body['tools']).flatMap((tool, index) => toolFacts(objectIn(tool), `tools[${index}]`)),
    ...settingFacts(body, SETTINGS),
  ];
}

const turnFacts = (turn: JsonObject, path: string): readonly Fact[] =>
  partsFacts(camelised(turn)['parts'], `${path}.parts`, turn['role'] === 'model' ? 'assistant' : 'user');

/** The parts of a turn, of a request or of an answer. */
export function partsFacts(parts: unknown, path: string, role: Role): readonly Fact[] {
  if (isObject(parts)) return partFacts(camelised(parts), path, role);
  return listIn(parts).flatMap((part, index) => partFacts(camelised(objectIn(part)), `${path}[${index}]`, role));
}

function partFacts(part: JsonObject, path: string, role: Role): readonly Fact[] {
  return [...saidIn(part, path, role), ...replayFact(path, 'google', part['thoughtSignature'])];
}

function saidIn(part: JsonObject, path: string, role: Role): readonly Fact[] {
  if (typeof part['text'] === 'string') return part['thought'] === true ? thinkingFact(path, part['text']) : textFact(path, role, part['text']);
  if (isObject(part['inlineData'])) return [inlineFact(camelised(part['inlineData']), path, role)];
  if (isObject(part['fileData'])) return [fileFact(camelised(part['fileData']), path, role)];
  if (isObject(part['functionCall'])) return [callFact(part['functionCall'], path)];
  if (isObject(part['functionResponse'])) return resultFacts(camelised(part['functionResponse']), path);
  const [type, inner] = Object.entries(part).find(([name]) => name !== 'thought' && name !== 'thoughtSignature') ?? [];
  return type === undefined ? [] : [{ path, kind: 'foreign', role, type, raw: isObject(inner) ? textOf(inner) : canonical(inner) }];
}

const inlineFact = (data: JsonObject, path: string, role: Role): Fact => ({
  path, kind: 'media', role, type: stringIn(data['mimeType']), source: { base64: stringIn(data['data']) },
});

const fileFact = (data: JsonObject, path: string, role: Role): Fact => ({
  path, kind: 'media', role, type: kindOf(stringIn(data['mimeType']) || 'application/*'), source: { url: stringIn(data['fileUri']) },
});

const callFact = (call: JsonObject, path: string): Fact => ({
  path, kind: 'call', id: stringIn(call['id']), name: stringIn(call['name']), arguments: isObject(call['args']) ? textOf(call['args']) : '{}',
});

/** The response is an object; a result that was text stands in it alone, under one of these. */
const TEXT_KEYS = ['output', 'result', 'error'];

function resultFacts(result: JsonObject, path: string): readonly Fact[] {
  const response = objectIn(result['response']);
  const [key = '', ...more] = Object.keys(response);
  const alone = more.length === 0 && TEXT_KEYS.includes(key) && typeof response[key] === 'string';
  return [
    { path, kind: 'result', id: stringIn(result['id']), name: stringIn(result['name']), error: alone && key === 'error' },
    ...textFact(`${path}.functionResponse.response`, 'result', alone ? response[key] : textOf(response)),
    ...partsFacts(result['parts'] ?? [], `${path}.functionResponse.parts`, 'result'),
  ];
}

function toolFacts(tool: JsonObject, path: string): readonly Fact[] {
  return Object.entries(camelised(tool)).flatMap(([name, value]): readonly Fact[] => {
    if (name === 'functionDeclarations') {
      return listIn(value).flatMap((one, index) => declarationFacts(camelised(objectIn(one)), `${path}.functionDeclarations[${index}]`));
    }
    if (name === 'googleSearch' && isObject(value)) return hostedFacts({ path: `${path}.${name}`, name: 'web_search' }, value, []);
    return isObject(value) ? [{ path: `${path}.${name}`, kind: 'foreign', role: 'system', type: name, raw: textOf(value) }] : foreignFact(path, 'system', tool);
  });
}

const declarationFacts = (tool: JsonObject, path: string): readonly Fact[] => [
  toolFact(path, tool, tool['parametersJsonSchema'] ?? lowered(tool['parameters'])),
  ...detailFacts({ path, of: 'tool' }, tool, ['name', 'description', 'parameters', 'parametersJsonSchema']),
];

/** Google's own schemas shout their types; JSON Schema does not. */
function lowered(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(lowered);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) =>
    [key, key === 'type' && typeof value === 'string' ? value.toLowerCase() : lowered(value)]));
}

const SETTINGS: Parameters<typeof settingFacts>[1] = {
  contents: null, systemInstruction: null, tools: null, model: null,
  generationConfig: generationFacts,
  toolConfig: (value, path) => settingFacts(camelised(objectIn(value)), { functionCallingConfig: choiceFacts }, path),
  labels: 'metadata',
};

function generationFacts(value: unknown, path: string): readonly Fact[] {
  const config = camelised(objectIn(value));
  const schema = config['responseJsonSchema'] ?? lowered(config['responseSchema']);
  const json = config['responseMimeType'] === 'application/json';
  return [
    ...(schema !== undefined ? settingFact(path, 'format', { schema }) : json ? settingFact(`${path}.responseMimeType`, 'format', 'json_object') : []),
    ...settingFacts(config, json ? { ...GENERATION, responseMimeType: null } : GENERATION, path),
  ];
}

const GENERATION: Parameters<typeof settingFacts>[1] = {
  maxOutputTokens: 'max_tokens', temperature: 'temperature', topP: 'top_p', topK: 'top_k', seed: 'seed', stopSequences: 'stop',
  presencePenalty: unlessZero('presence_penalty'), frequencyPenalty: unlessZero('frequency_penalty'), responseModalities: modalityFacts, responseLogprobs: 'logprobs', logprobs: 'top_logprobs',
  candidateCount: (value, path) => (value === 1 ? [] : settingFact(path, 'n', value)),
  responseJsonSchema: null, responseSchema: null,
  responseMimeType: (value, path) => (value === 'text/plain' ? [] : settingFact(path, `field:${path}`, value)),
  thinkingConfig: thinkingFacts,
};

function thinkingFacts(value: unknown, path: string): readonly Fact[] {
  const config = camelised(objectIn(value));
  const { thinkingBudget: budget, thinkingLevel: level } = config;
  return [
    ...(budget === 0 ? settingFact(path, 'reasoning.on', false) : settingFact(`${path}.thinkingBudget`, 'reasoning.budget', budget)),
    ...(typeof level === 'string' ? settingFact(`${path}.thinkingLevel`, 'reasoning.effort', level.toLowerCase()) : []),
    ...settingFact(`${path}.includeThoughts`, 'reasoning.shown', config['includeThoughts']),
  ];
}

const MODES: Readonly<Record<string, string>> = { AUTO: 'auto', NONE: 'none', ANY: 'required' };

function choiceFacts(value: unknown, path: string): readonly Fact[] {
  const config = camelised(objectIn(value));
  const mode = stringIn(config['mode']);
  const names = listIn(config['allowedFunctionNames']).filter((name) => typeof name === 'string');
  if (mode !== 'ANY' || names.length === 0) return toolChoice(path, MODES[mode] ?? mode);
  return toolChoice(path, names.length === 1 ? { tool: names[0] ?? '' } : { tools: names });
}
