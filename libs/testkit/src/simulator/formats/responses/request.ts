/** A Responses request as the simulator reads it; what is wrong is said in OpenAI's words. */
import type { Failure } from '../../manners/manner.ts';
import type { AnswerShape, Asked, Tool, Turn } from '../produce.ts';
import { Invalid, isObject, listOf, objectOf, prepared, textIn, textsIn, wantedIn, wholeIn, type Json } from '../read.ts';
import { isSignedBy } from '../signature.ts';
import { toolsShape, type ToolChoice } from '../tool-choice.ts';

export interface ResponsesRequest extends Asked {
  readonly model: string;
  readonly stream: boolean;
  readonly toolsJson: string | null;
  /** Thoughts are summed up, and handed out encrypted, only where that was asked for. */
  readonly summary: boolean;
  readonly encrypted: boolean;
  readonly obfuscation: boolean;
  /** What every answer repeats. */
  readonly echo: Json;
}

export const readResponsesRequest = (json: unknown, addressed: string | null): ResponsesRequest | Failure =>
  prepared(() => read(json, addressed));

const missing = (name: string): Invalid =>
  new Invalid(`Missing required parameter: '${name}'.`, name, 'missing_required_parameter');

function read(json: unknown, addressed: string | null): ResponsesRequest {
  if (!isObject(json)) throw new Invalid('We could not parse the JSON body of your request. Expected a JSON object.');
  const model = textIn(json['model']) ?? addressed;
  if (!model) throw missing('model');
  const previous = textIn(json['previous_response_id']);
  // Nothing is stored here, so that no earlier answer can be found.
  if (previous !== null) {
    throw new Invalid(`Previous response with id '${previous}' not found.`, 'previous_response_id', 'previous_response_not_found');
  }
  const turns = [...instructions(json['instructions']), ...readInput(json['input'])];
  const tools = readTools(json['tools']);
  const reasoning = objectOf(json['reasoning']);
  const effort = reasoning['effort'] ?? null;
  return {
    model,
    stream: json['stream'] === true,
    turns,
    toolsJson: tools.length > 0 ? JSON.stringify(json['tools']) : null,
    shape: toolsShape(tools, choiceOf(json, tools), turns) ?? contentShape(objectOf(json['text'])['format']),
    maxTokens: wholeIn(json, 'max_output_tokens'),
    wantedTokens: wantedIn(json['metadata']),
    stop: [],
    thinks: (effort !== null && effort !== 'none') || (reasoning['summary'] ?? null) !== null,
    summary: (reasoning['summary'] ?? null) !== null,
    encrypted: textsIn(json['include']).includes('reasoning.encrypted_content'),
    obfuscation: objectOf(json['stream_options'])['include_obfuscation'] !== false,
    echo: json,
  };
}

const instructions = (value: unknown): Turn[] => (typeof value === 'string' ? [{ role: 'system', text: value, media: 0 }] : []);

function readInput(input: unknown): Turn[] {
  if (input === undefined) throw missing('input');
  if (typeof input === 'string') return [{ role: 'user', text: input, media: 0 }];
  if (!Array.isArray(input)) throw new Invalid("Invalid type for 'input': expected one of a string or array of objects.", 'input', 'invalid_type');
  const items = input.map((item: unknown, index) => {
    if (!isObject(item)) throw new Invalid(`Invalid type for 'input[${index}]': expected an object.`, `input[${index}]`, 'invalid_type');
    return item;
  });
  checkCalls(items);
  return items.map((item, index) => readItem(item, `input[${index}]`));
}

const ROLES: Readonly<Record<string, Turn['role']>> =
  { system: 'system', developer: 'system', assistant: 'assistant', user: 'user' };

function readItem(item: Json, place: string): Turn {
  const type = textIn(item['type']) ?? 'message';
  if (type === 'message') {
    const role = ROLES[textIn(item['role']) ?? ''];
    if (role === undefined) throw new Invalid(`Invalid value for '${place}.role'.`, `${place}.role`, 'invalid_value');
    return { role, ...contentOf(item['content']) };
  }
  if (type === 'reasoning') {
    const encrypted = textIn(item['encrypted_content']);
    if (encrypted !== null && !isSignedBy('openai', encrypted)) {
      throw new Invalid(
        `The encrypted content ${encrypted.slice(0, 8)}... could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
        null, 'invalid_encrypted_content',
      );
    }
    return { role: 'assistant', text: '', media: 0 };
  }
  const isResult = type.endsWith('_output') || type === 'mcp_approval_response';
  return { role: isResult ? 'tool' : 'assistant', text: JSON.stringify(item), media: 0 };
}

function contentOf(content: unknown): Omit<Turn, 'role'> {
  if (typeof content === 'string') return { text: content, media: 0 };
  const parts = listOf(content).filter(isObject);
  const texts = parts.flatMap((part) => textIn(part['text']) ?? textIn(part['refusal']) ?? []);
  return { text: texts.join('\n'), media: parts.length - texts.length };
}

/** Every result answers a call, every call has its result. */
function checkCalls(items: readonly Json[]): void {
  const idsOf = (type: string): string[] =>
    items.filter((item) => item['type'] === type).map((item) => String(item['call_id']));
  const called = idsOf('function_call');
  const answered = idsOf('function_call_output');
  const stray = answered.find((id) => !called.includes(id));
  if (stray !== undefined) throw new Invalid(`No tool call found for function call output with call_id ${stray}.`, 'input');
  const open = called.find((id) => !answered.includes(id));
  if (open !== undefined) throw new Invalid(`No tool output found for function call ${open}.`, 'input');
}

/** Of the hosted tools nothing is called: there is nobody here to run them. */
function readTools(value: unknown): Tool[] {
  return listOf(value).flatMap((tool, index): Tool[] => {
    const { type, name, parameters } = objectOf(tool);
    if (typeof type !== 'string') throw missing(`tools[${index}].type`);
    if (type !== 'function') return [];
    if (typeof name !== 'string') throw missing(`tools[${index}].name`);
    return [{ name, parameters }];
  });
}

function choiceOf(json: Json, tools: readonly Tool[]): ToolChoice {
  const choice = json['tool_choice'];
  if (choice === 'none') return { kind: 'none' };
  if (choice === 'required') return { kind: 'any', several: json['parallel_tool_calls'] === true };
  const { type, name, mode } = objectOf(choice);
  if (type === 'allowed_tools' && mode === 'required') return { kind: 'any', several: false };
  if (type !== 'function') return { kind: 'auto' };
  if (!tools.some((tool) => tool.name === name)) throw new Invalid(`Tool choice '${String(name)}' not found in 'tools' parameter.`, 'tool_choice');
  return { kind: 'named', name: String(name) };
}

function contentShape(format: unknown): AnswerShape {
  const { type, schema } = objectOf(format);
  if (type === 'json_object') return { kind: 'json', schema: null };
  return type === 'json_schema' ? { kind: 'json', schema } : { kind: 'text' };
}
