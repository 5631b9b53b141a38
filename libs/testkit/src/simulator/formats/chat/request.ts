/** A Chat Completions request as the simulator reads it; what is wrong is said in OpenAI's words. */
import type { Failure } from '../format.ts';

export interface ChatMessage {
  readonly role: string;
  /** Its text parts, joined. */
  readonly text: string;
  readonly media: number;
}

export interface ChatTool {
  readonly name: string;
  readonly parameters: unknown;
}

export type AnswerShape =
  | { readonly kind: 'text' }
  | { readonly kind: 'json'; readonly schema: unknown }
  /** `named` finishes with `stop`, `required` with `tool_calls`: so does OpenAI. */
  | { readonly kind: 'tools'; readonly tools: readonly ChatTool[]; readonly named: boolean };

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly toolsJson: string | null;
  readonly shape: AnswerShape;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly includeObfuscation: boolean;
  readonly logprobs: boolean;
  readonly n: number;
  /** For each choice. */
  readonly maxTokens: number | null;
  readonly stop: readonly string[];
  readonly wantedOutputTokens: number | null;
}

type Json = Readonly<Record<string, unknown>>;

const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wrong with a request; caught by `readChatRequest` and nowhere else. */
class Invalid extends Error {
  readonly param: string | null;
  readonly code: string | null;

  constructor(message: string, param: string | null, code: string | null) {
    super(message);
    this.param = param;
    this.code = code;
  }
}

export function readChatRequest(json: unknown): ChatRequest | Failure {
  try {
    return read(json);
  } catch (error) {
    if (error instanceof Invalid) return { kind: 'invalid', message: error.message, param: error.param, code: error.code };
    throw error;
  }
}

function read(json: unknown): ChatRequest {
  if (!isObject(json)) throw new Invalid('We could not parse the JSON body of your request. Expected a JSON object.', null, null);
  if (typeof json['model'] !== 'string' || json['model'] === '') {
    throw new Invalid('you must provide a model parameter', null, null);
  }
  const stream = readFlag(json, 'stream');
  if (!stream && json['stream_options'] !== undefined && json['stream_options'] !== null) {
    throw new Invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options', null);
  }
  if (json['max_tokens'] != null && json['max_completion_tokens'] != null) {
    throw new Invalid(
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      'max_tokens',
      'invalid_parameter_combination',
    );
  }
  readNumber(json, 'temperature', { from: 0, to: 2, whole: false });
  readNumber(json, 'top_p', { from: 0, to: 1, whole: false });
  const options = isObject(json['stream_options']) ? json['stream_options'] : {};
  const tools = readTools(json['tools']);
  return {
    model: json['model'],
    messages: readMessages(json['messages']),
    toolsJson: tools.length > 0 ? JSON.stringify(json['tools']) : null,
    shape: shapeOf(json, tools),
    stream,
    includeUsage: options['include_usage'] === true,
    includeObfuscation: options['include_obfuscation'] !== false,
    logprobs: readFlag(json, 'logprobs'),
    n: readNumber(json, 'n', { from: 1, to: 128, whole: true }) ?? 1,
    maxTokens: readNumber(json, 'max_completion_tokens', WHOLE) ?? readNumber(json, 'max_tokens', WHOLE),
    stop: readStop(json['stop']),
    wantedOutputTokens: wantedOf(json['metadata']),
  };
}

const WHOLE: Range = { from: 1, to: Infinity, whole: true };

function readFlag(json: Json, name: string): boolean {
  const value = json[name] ?? false;
  if (typeof value !== 'boolean') throw wrongType(name, 'a boolean', value);
  return value;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly whole: boolean;
}

function readNumber(json: Json, name: string, range: Range): number | null {
  const value = json[name] ?? null;
  if (value === null) return null;
  const kind = range.whole ? 'integer' : 'decimal';
  if (typeof value !== 'number' || (range.whole && !Number.isInteger(value))) {
    throw wrongType(name, range.whole ? 'an integer' : 'a decimal', value);
  }
  if (value < range.from) {
    throw new Invalid(
      `Invalid '${name}': ${kind} below minimum value. Expected a value >= ${range.from}, but got ${value} instead.`,
      name,
      `${kind}_below_min_value`,
    );
  }
  if (value > range.to) {
    throw new Invalid(
      `Invalid '${name}': ${kind} above maximum value. Expected a value <= ${range.to}, but got ${value} instead.`,
      name,
      `${kind}_above_max_value`,
    );
  }
  return value;
}

function wrongType(name: string, expected: string, value: unknown): Invalid {
  const message = `Invalid type for '${name}': expected ${expected}, but got ${typeName(value)} instead.`;
  return new Invalid(message, name, 'invalid_type');
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function readMessages(value: unknown): ChatMessage[] {
  if (value === undefined) throw new Invalid("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  if (!Array.isArray(value)) throw wrongType('messages', 'an array of objects', value);
  if (value.length === 0) {
    throw new Invalid(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    );
  }
  return value.map((message: unknown, index) => readMessage(message, `messages[${index}]`));
}

function readMessage(message: unknown, place: string): ChatMessage {
  if (!isObject(message)) throw wrongType(place, 'an object', message);
  const role = message['role'];
  if (role === undefined) {
    throw new Invalid(`Missing required parameter: '${place}.role'.`, `${place}.role`, 'missing_required_parameter');
  }
  if (typeof role !== 'string') throw wrongType(`${place}.role`, 'a string', role);
  if (!ROLES.includes(role)) {
    throw new Invalid(
      `Invalid value: '${role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
      `${place}.role`,
      'invalid_value',
    );
  }
  const content = message['content'] ?? null;
  const calls = message['tool_calls'] === undefined ? '' : JSON.stringify(message['tool_calls']);
  if (content === null) {
    if (role === 'assistant') return { role, text: calls, media: 0 };
    throw wrongType(`${place}.content`, 'one of a string or array of objects', null);
  }
  if (typeof content === 'string') return { role, text: content + calls, media: 0 };
  if (!Array.isArray(content)) throw wrongType(`${place}.content`, 'one of a string or array of objects', content);
  const parts = content.filter(isObject);
  if (parts.length < content.length) throw wrongType(`${place}.content`, 'an array of objects', content);
  const texts = parts.flatMap((part) => (typeof part['text'] === 'string' ? [part['text']] : []));
  return { role, text: texts.join('\n') + calls, media: parts.length - texts.length };
}

function readTools(value: unknown): ChatTool[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType('tools', 'an array of objects', value);
  return value.map((tool: unknown, index) => {
    const declared = isObject(tool) ? tool['function'] ?? tool['custom'] : undefined;
    const name = isObject(declared) ? declared['name'] : undefined;
    if (!isObject(declared) || typeof name !== 'string') {
      throw new Invalid(
        `Missing required parameter: 'tools[${index}].function'.`, `tools[${index}].function`, 'missing_required_parameter',
      );
    }
    return { name, parameters: declared['parameters'] };
  });
}

function shapeOf(json: Json, tools: readonly ChatTool[]): AnswerShape {
  const choice = json['tool_choice'];
  if (choice !== undefined && choice !== null && choice !== 'none' && tools.length === 0) {
    throw new Invalid(
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice', null,
    );
  }
  if (choice === 'required') {
    const several = json['parallel_tool_calls'] === true;
    return { kind: 'tools', tools: tools.slice(0, several ? 2 : 1), named: false };
  }
  if (isObject(choice)) {
    const named = choice['function'] ?? choice['custom'];
    const name = isObject(named) ? named['name'] : undefined;
    const tool = tools.find((candidate) => candidate.name === name);
    if (name !== undefined && !tool) {
      throw new Invalid(`Tool choice '${String(name)}' not found in 'tools' parameter.`, 'tool_choice', null);
    }
    if (tool) return { kind: 'tools', tools: [tool], named: true };
  }
  const format = isObject(json['response_format']) ? json['response_format'] : {};
  if (format['type'] === 'json_object') return { kind: 'json', schema: null };
  if (format['type'] !== 'json_schema') return { kind: 'text' };
  return { kind: 'json', schema: isObject(format['json_schema']) ? format['json_schema']['schema'] : null };
}

function readStop(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((stop) => typeof stop === 'string');
  if (texts.length < list.length) throw wrongType('stop', 'one of a string or array of strings', value);
  return texts.filter((stop) => stop !== '');
}

function wantedOf(metadata: unknown): number | null {
  const wanted = isObject(metadata) ? Number(metadata['simulate_output_tokens'] ?? NaN) : NaN;
  return Number.isInteger(wanted) && wanted >= 0 ? wanted : null;
}
