/** A `generateContent` request as the simulator reads it. JSON of protocol buffers: names may be written either way. */
import type { Failure } from '../../manners/manner.ts';
import type { AnswerShape, Asked, Tool, Turn } from '../produce.ts';
import { Invalid, isObject, listOf, objectOf, prepared, textIn, textsIn, type Json } from '../read.ts';
import { isSignedBy } from '../signature.ts';
import { toolsShape, type ToolChoice } from '../tool-choice.ts';

export interface GeminiRequest extends Asked {
  readonly toolsJson: string | null;
  readonly showsThought: boolean;
  readonly candidates: number;
}

export const readGeminiRequest = (json: unknown): GeminiRequest | Failure => prepared(() => read(json));

/** `maxOutputTokens`, or `max_output_tokens`. */
export const memberOf = (json: Json, name: string): unknown =>
  json[name] ?? json[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];

const objectIn = (json: Json, name: string): Json => objectOf(memberOf(json, name));

function read(json: unknown): GeminiRequest {
  if (!isObject(json)) throw new Invalid('Invalid JSON payload received.');
  const turns = [...readSystem(memberOf(json, 'systemInstruction')), ...readContents(json['contents'])];
  const tools = readTools(json['tools']);
  const config = objectIn(json, 'generationConfig');
  const thinking = objectIn(config, 'thinkingConfig');
  const asksThought = Object.keys(thinking).length > 0 && memberOf(thinking, 'thinkingBudget') !== 0;
  return {
    turns,
    toolsJson: tools.length > 0 ? JSON.stringify(json['tools']) : null,
    shape: toolsShape(tools, choiceOf(json), turns) ?? contentShape(config),
    maxTokens: countIn(config, 'maxOutputTokens'),
    candidates: countIn(config, 'candidateCount') ?? 1,
    wantedTokens: null,
    stop: textsIn(memberOf(config, 'stopSequences')),
    thinks: asksThought,
    showsThought: memberOf(thinking, 'includeThoughts') === true,
  };
}

function countIn(json: Json, name: string): number | null {
  const value = memberOf(json, name) ?? null;
  if (value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw new Invalid('must be a positive integer', `GenerateContentRequest.generation_config.${name}`);
  }
  return value;
}

function readSystem(value: unknown): Turn[] {
  if (!isObject(value)) return [];
  return [{ role: 'system', text: partsOf(value['parts'], 'system_instruction').text, media: 0 }];
}

function readContents(value: unknown): Turn[] {
  const contents = typeof value === 'string' ? [{ role: 'user', parts: [{ text: value }] }] : Array.isArray(value) ? value : [value];
  if (value === undefined || contents.length === 0) throw new Invalid('contents is not specified', 'GenerateContentRequest.contents');
  checkCalls(contents);
  return contents.map((content: unknown, index): Turn => {
    const { role = 'user', parts } = objectOf(content);
    if (role !== 'user' && role !== 'model' && role !== 'function') throw new Invalid('Please use a valid role: user, model.');
    const { text, media, answers } = partsOf(parts, `contents[${index}]`);
    return { role: role === 'model' ? 'assistant' : answers ? 'tool' : 'user', text, media };
  });
}

function partsOf(value: unknown, place: string): { text: string; media: number; answers: boolean } {
  const parts = (Array.isArray(value) ? value : [value]).filter(isObject);
  if (parts.length === 0) throw new Invalid('must have at least one part', `GenerateContentRequest.${place}.parts`);
  for (const part of parts) {
    const signature = textIn(memberOf(part, 'thoughtSignature'));
    if (signature !== null && !isAccepted(signature)) throw new Invalid('Thought signature is not valid.');
  }
  const texts = parts.flatMap((part) => textIn(part['text']) ?? (isCall(part) ? [JSON.stringify(part)] : []));
  const media = parts.filter((part) => (memberOf(part, 'inlineData') ?? memberOf(part, 'fileData')) !== undefined).length;
  return { text: texts.join('\n'), media, answers: parts.some((part) => memberOf(part, 'functionResponse') !== undefined) };
}

/** Google documents these texts as a way round its check, for histories that came from elsewhere. */
const STAND_INS = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

const isAccepted = (signature: string): boolean =>
  isSignedBy('google', signature) || STAND_INS.includes(signature) || STAND_INS.includes(Buffer.from(signature, 'base64').toString());

const isCall = (part: Json): boolean => (memberOf(part, 'functionCall') ?? memberOf(part, 'functionResponse')) !== undefined;

/** As many results as calls, in the turn right after them. */
function checkCalls(contents: readonly unknown[]): void {
  const count = (content: unknown, name: string): number =>
    listOf(objectOf(content)['parts']).filter((part) => memberOf(objectOf(part), name) !== undefined).length;
  contents.forEach((content, index) => {
    const results = count(content, 'functionResponse');
    if (results > 0 && results !== count(contents[index - 1], 'functionCall')) {
      throw new Invalid(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
    }
  });
}

/** Of Google's own tools nothing is called: there is nobody here to run them. */
function readTools(value: unknown): Tool[] {
  return listOf(value).flatMap((tool) => listOf(memberOf(objectOf(tool), 'functionDeclarations'))).map((declaration, index): Tool => {
    const declared = objectOf(declaration);
    const name = textIn(declared['name']);
    if (!name) throw new Invalid('is required', `GenerateContentRequest.tools[0].function_declarations[${index}].name`);
    return { name, parameters: memberOf(declared, 'parametersJsonSchema') ?? lowerTypes(declared['parameters']) };
  });
}

/** Google writes types in capitals. */
function lowerTypes(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(lowerTypes);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(Object.entries(schema).map(([name, value]) =>
    [name, name === 'type' && typeof value === 'string' ? value.toLowerCase() : lowerTypes(value)]));
}

function choiceOf(json: Json): ToolChoice {
  const config = objectIn(objectIn(json, 'toolConfig'), 'functionCallingConfig');
  const allowed = textsIn(memberOf(config, 'allowedFunctionNames'));
  const mode = textIn(config['mode'])?.toUpperCase();
  if (mode === 'NONE') return { kind: 'none' };
  if (mode !== 'ANY') return { kind: 'auto' };
  return allowed.length === 1 ? { kind: 'named', name: allowed[0] ?? '' } : { kind: 'any', several: allowed.length > 1 };
}

function contentShape(config: Json): AnswerShape {
  if (memberOf(config, 'responseMimeType') !== 'application/json') return { kind: 'text' };
  const schema = memberOf(config, 'responseJsonSchema') ?? lowerTypes(memberOf(config, 'responseSchema'));
  return { kind: 'json', schema: schema ?? null };
}
