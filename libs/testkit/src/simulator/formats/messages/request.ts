/** An Anthropic Messages request as the simulator reads it; what is wrong is said in Anthropic's words. */
import type { Failure } from '../../manners/manner.ts';
import type { AnswerShape, Asked, Tool, Turn } from '../produce.ts';
import { Invalid, isObject, listOf, objectOf, prepared, textIn, textsIn, wantedIn, wholeIn, type Json } from '../read.ts';
import { toolsShape, type ToolChoice } from '../tool-choice.ts';
import { checkBlocks, type Message } from './grammar.ts';

export interface MessagesRequest extends Asked {
  readonly model: string;
  readonly stream: boolean;
  readonly toolsJson: string | null;
  /** Thoughts are kept to itself by `display: omitted`. */
  readonly showsThought: boolean;
  /** How many of the turns come before or at the last cache mark. */
  readonly markedTurns: number;
}

export interface MessagesAddress {
  readonly model: string | null;
  readonly stream: boolean | null;
  /** Only a count: it needs no maximum. */
  readonly countOnly: boolean;
}

export const readMessagesRequest = (json: unknown, address: MessagesAddress): MessagesRequest | Failure =>
  prepared(() => read(json, address));

const required = (place: string): Invalid => new Invalid('Field required', place);

function read(json: unknown, address: MessagesAddress): MessagesRequest {
  if (!isObject(json)) throw new Invalid('Input should be an object');
  const model = address.model ?? textIn(json['model']);
  if (!model) throw required('model');
  const maxTokens = wholeIn(json, 'max_tokens');
  if (maxTokens === null && !address.countOnly) throw required('max_tokens');
  const system = readSystem(json['system']);
  const messages = readMessages(json['messages']);
  const turns = [...system.turns, ...messages.flatMap(turnsOf)];
  const tools = readTools(json['tools']);
  return {
    model,
    stream: address.stream ?? json['stream'] === true,
    turns,
    toolsJson: tools.length > 0 ? JSON.stringify(json['tools']) : null,
    shape: toolsShape(tools, choiceOf(json, tools), turns) ?? contentShape(json),
    maxTokens,
    wantedTokens: wantedIn(json['metadata']),
    stop: textsIn(json['stop_sequences']),
    ...thinkingOf(json, maxTokens),
    markedTurns: markedTurns(json, system, messages),
  };
}

function thinkingOf(json: Json, maxTokens: number | null): Pick<MessagesRequest, 'thinks' | 'showsThought'> {
  const { type, budget_tokens: budget, display } = objectOf(json['thinking']);
  if (type === 'enabled') {
    if (typeof budget !== 'number') throw required('thinking.enabled.budget_tokens');
    if (budget < 1_024) throw new Invalid('Input should be greater than or equal to 1024', 'thinking.enabled.budget_tokens');
    if (maxTokens !== null && budget >= maxTokens) throw new Invalid('`max_tokens` must be greater than `thinking.budget_tokens`.');
    const forced = textIn(objectOf(json['tool_choice'])['type']) ?? '';
    if (forced === 'any' || forced === 'tool') throw new Invalid('Thinking may not be enabled when tool_choice forces tool use.');
  }
  return { thinks: type === 'enabled' || type === 'adaptive', showsThought: display !== 'omitted' };
}

interface System {
  readonly turns: readonly Turn[];
  readonly marked: boolean;
}

function readSystem(system: unknown): System {
  if (system === undefined || system === null) return { turns: [], marked: false };
  if (typeof system === 'string') return { turns: system === '' ? [] : [{ role: 'system', text: system, media: 0 }], marked: false };
  const blocks = listOf(system).filter(isObject);
  const texts = blocks.map((block, index) => {
    const text = textIn(block['text']);
    if (!text) throw new Invalid('text content blocks must be non-empty', `system.${index}`);
    return text;
  });
  return { turns: [{ role: 'system', text: texts.join('\n'), media: 0 }], marked: blocks.some(isMarked) };
}

function readMessages(value: unknown): Message[] {
  if (value === undefined) throw required('messages');
  if (!Array.isArray(value)) throw new Invalid('Input should be a valid list', 'messages');
  if (value.length === 0) throw new Invalid('at least one message is required', 'messages');
  const messages = value.map((message: unknown, index): Message => {
    const { role, content } = objectOf(message);
    if (role !== 'user' && role !== 'assistant' && role !== 'system') {
      throw new Invalid("Input should be 'user' or 'assistant'", `messages.${index}.role`);
    }
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content).filter(isObject);
    if (blocks.length === 0 && index < value.length - 1) {
      throw new Invalid('all messages must have non-empty content except for the optional final assistant message', `messages.${index}`);
    }
    return { role, blocks };
  });
  if (messages[0]?.role !== 'user') throw new Invalid('first message must use the "user" role', 'messages');
  checkBlocks(messages);
  return messages;
}

/** Results stand in a turn of their own before what the user says beside them. */
function turnsOf({ role, blocks }: Message): Turn[] {
  const results = blocks.filter(({ type }) => type === 'tool_result');
  const others = blocks.filter(({ type }) => type !== 'tool_result');
  const texts = others.flatMap((block) => textIn(block['text']) ?? (block['type'] === 'tool_use' ? [JSON.stringify(block)] : []));
  const media = others.filter(({ type }) => type === 'image' || type === 'document').length;
  const tool: Turn[] = results.length > 0 ? [{ role: 'tool', text: JSON.stringify(results), media: 0 }] : [];
  return others.length > 0 || results.length === 0 ? [...tool, { role, text: texts.join('\n'), media }] : tool;
}

const isMarked = (block: Json): boolean => isObject(block['cache_control']);

function markedTurns(json: Json, system: System, messages: readonly Message[]): number {
  const before = (count: number): number => system.turns.length + messages.slice(0, count).flatMap(turnsOf).length;
  if (isMarked(json)) return before(messages.length);
  const last = messages.findLastIndex(({ blocks }) => blocks.some(isMarked));
  if (last >= 0) return before(last + 1);
  return system.marked || listOf(json['tools']).some((tool) => isMarked(objectOf(tool))) ? system.turns.length : 0;
}

/** Of the server's own tools nothing is called: there is nobody here to run them. */
function readTools(value: unknown): Tool[] {
  return listOf(value).flatMap((tool, index): Tool[] => {
    const { type, name, input_schema: parameters } = objectOf(tool);
    if (typeof name !== 'string') throw required(`tools.${index}.name`);
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(name)) throw new Invalid("String should match pattern '^[a-zA-Z0-9_-]{1,128}$'", `tools.${index}.custom.name`);
    if (type !== undefined && type !== 'custom') return [];
    if (!isObject(parameters)) throw required(`tools.${index}.custom.input_schema`);
    return [{ name, parameters }];
  });
}

function choiceOf(json: Json, tools: readonly Tool[]): ToolChoice {
  const { type, name, disable_parallel_tool_use: alone } = objectOf(json['tool_choice']);
  if (type === 'none') return { kind: 'none' };
  if (type === 'any') return { kind: 'any', several: alone === false };
  if (type !== 'tool') return { kind: 'auto' };
  if (!tools.some((tool) => tool.name === name)) throw new Invalid(`Tool '${String(name)}' not found in provided tools`, 'tool_choice');
  return { kind: 'named', name: String(name) };
}

function contentShape(json: Json): AnswerShape {
  const { type, schema } = objectOf(objectOf(json['output_config'])['format'] ?? json['output_format']);
  return type === 'json_schema' ? { kind: 'json', schema } : { kind: 'text' };
}
