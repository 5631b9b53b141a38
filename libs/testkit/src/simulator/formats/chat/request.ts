/** A Chat Completions request as the simulator reads it; what is wrong is said in OpenAI's words. */
import type { Failure } from '../../manners/manner.ts';
import type { Asked, AnswerShape, Tool, Turn } from '../produce.ts';
import { Invalid, isObject, prepared, wantedIn, type Json } from '../read.ts';
import { toolsShape, type ToolChoice } from '../tool-choice.ts';

export interface ChatRequest extends Asked {
  readonly model: string;
  readonly toolsJson: string | null;
  /** One tool was asked for by its name: then it finishes with `stop`, as OpenAI does. */
  readonly named: boolean;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly includeObfuscation: boolean;
  readonly logprobs: boolean;
  readonly n: number;
}

const ROLES: Readonly<Record<string, Turn['role']>> =
  { system: 'system', developer: 'system', assistant: 'assistant', user: 'user', function: 'tool', tool: 'tool' };

/** `addressed`: the model, where the address says it. */
export const readChatRequest = (json: unknown, addressed: string | null): ChatRequest | Failure => prepared(() => read(json, addressed));

function read(json: unknown, addressed: string | null): ChatRequest {
  if (!isObject(json)) throw new Invalid('We could not parse the JSON body of your request. Expected a JSON object.');
  const model = addressed ?? json['model'];
  if (typeof model !== 'string' || model === '') throw new Invalid('you must provide a model parameter');
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
  const turns = readMessages(json['messages']);
  const choice = choiceOf(json, tools);
  const effort = json['reasoning_effort'] ?? null;
  return {
    model,
    turns,
    toolsJson: tools.length > 0 ? JSON.stringify(json['tools']) : null,
    shape: toolsShape(tools, choice, turns) ?? contentShape(json),
    named: choice.kind === 'named',
    thinks: effort !== null && effort !== 'none',
    stream,
    includeUsage: options['include_usage'] === true,
    includeObfuscation: options['include_obfuscation'] !== false,
    logprobs: readFlag(json, 'logprobs'),
    n: readNumber(json, 'n', { from: 1, to: 128, whole: true }) ?? 1,
    maxTokens: readNumber(json, 'max_completion_tokens', WHOLE) ?? readNumber(json, 'max_tokens', WHOLE),
    stop: readStop(json['stop']),
    wantedTokens: wantedIn(json['metadata']),
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

function readMessages(value: unknown): Turn[] {
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

function readMessage(message: unknown, place: string): Turn {
  if (!isObject(message)) throw wrongType(place, 'an object', message);
  const role = message['role'];
  if (role === undefined) {
    throw new Invalid(`Missing required parameter: '${place}.role'.`, `${place}.role`, 'missing_required_parameter');
  }
  if (typeof role !== 'string') throw wrongType(`${place}.role`, 'a string', role);
  const kind = Object.hasOwn(ROLES, role) ? ROLES[role] : undefined;
  if (kind === undefined) {
    throw new Invalid(
      `Invalid value: '${role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
      `${place}.role`,
      'invalid_value',
    );
  }
  const content = message['content'] ?? null;
  const calls = message['tool_calls'] === undefined ? '' : JSON.stringify(message['tool_calls']);
  if (content === null) {
    if (role === 'assistant') return { role: kind, text: calls, media: 0 };
    throw wrongType(`${place}.content`, 'one of a string or array of objects', null);
  }
  if (typeof content === 'string') return { role: kind, text: content + calls, media: 0 };
  if (!Array.isArray(content)) throw wrongType(`${place}.content`, 'one of a string or array of objects', content);
  const parts = content.filter(isObject);
  if (parts.length < content.length) throw wrongType(`${place}.content`, 'an array of objects', content);
  const texts = parts.flatMap((part) => (typeof part['text'] === 'string' ? [part['text']] : []));
  return { role: kind, text: texts.join('\n') + calls, media: parts.length - texts.length };
}

function readTools(value: unknown): Tool[] {
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

function choiceOf(json: Json, tools: readonly Tool[]): ToolChoice {
  const choice = json['tool_choice'];
  if (choice !== undefined && choice !== null && choice !== 'none' && tools.length === 0) {
    throw new Invalid("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice');
  }
  if (choice === 'none') return { kind: 'none' };
  if (choice === 'required') return { kind: 'any', several: json['parallel_tool_calls'] === true };
  const named = isObject(choice) ? choice['function'] ?? choice['custom'] : undefined;
  const name = isObject(named) ? named['name'] : undefined;
  if (name === undefined) return { kind: 'auto' };
  if (!tools.some((tool) => tool.name === name)) throw new Invalid(`Tool choice '${String(name)}' not found in 'tools' parameter.`, 'tool_choice');
  return { kind: 'named', name: String(name) };
}

function contentShape(json: Json): AnswerShape {
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
