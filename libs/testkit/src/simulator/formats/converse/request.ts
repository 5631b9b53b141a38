/** A Bedrock Converse request as the simulator reads it; what is wrong is said in AWS' words. */
import type { Failure } from '../../manners/manner.ts';
import type { AnswerShape, Asked, Tool, Turn } from '../produce.ts';
import { Invalid, isObject, listOf, objectOf, prepared, textIn, textsIn, type Json } from '../read.ts';
import { isSignedBy } from '../signature.ts';
import { toolsShape, type ToolChoice } from '../tool-choice.ts';

export interface ConverseRequest extends Asked {
  readonly toolsJson: string | null;
  readonly markedTurns: number;
}

export const readConverseRequest = (json: unknown): ConverseRequest | Failure => prepared(() => read(json));

interface Message {
  readonly role: 'user' | 'assistant';
  readonly blocks: readonly Json[];
}

function read(json: unknown): ConverseRequest {
  if (!isObject(json)) throw new Invalid('The request body is not an object');
  const system = listOf(json['system']).filter(isObject);
  const systemText = system.flatMap((block) => textIn(block['text']) ?? []).join('\n');
  const systemTurns: Turn[] = systemText === '' ? [] : [{ role: 'system', text: systemText, media: 0 }];
  const messages = readMessages(json['messages']);
  const turns = [...systemTurns, ...messages.flatMap(turnsOf)];
  const config = objectOf(json['toolConfig']);
  const tools = readTools(config['tools']);
  checkToolsDeclared(messages, json['toolConfig']);
  const inference = objectOf(json['inferenceConfig']);
  const maxTokens = inference['maxTokens'] ?? null;
  if (maxTokens !== null && !(typeof maxTokens === 'number' && maxTokens >= 1)) {
    throw constraint("Value at 'inferenceConfig.maxTokens'", 'Member must have value greater than or equal to 1');
  }
  const last = messages.findLastIndex(({ blocks }) => blocks.some(isMark));
  const marked = last >= 0 ? messages.slice(0, last + 1).flatMap(turnsOf).length : 0;
  const thinking = textIn(objectOf(objectOf(json['additionalModelRequestFields'])['thinking'])['type']);
  return {
    turns,
    toolsJson: tools.length > 0 ? JSON.stringify(config['tools']) : null,
    shape: toolsShape(tools, choiceOf(config['toolChoice'], tools), turns) ?? contentShape(json),
    maxTokens,
    wantedTokens: null,
    stop: textsIn(inference['stopSequences']),
    thinks: thinking === 'enabled' || thinking === 'adaptive',
    markedTurns: last >= 0 || system.some(isMark) ? systemTurns.length + marked : 0,
  };
}

/** The schema stands in it as a text. */
function contentShape(json: Json): AnswerShape {
  const format = objectOf(objectOf(json['outputConfig'])['textFormat']);
  if (format['type'] !== 'json_schema') return { kind: 'text' };
  const schema = textIn(objectOf(objectOf(format['structure'])['jsonSchema'])['schema']);
  if (schema === null) throw constraint("Value at 'outputConfig.textFormat.structure.jsonSchema.schema'", 'Member must not be null');
  try {
    return { kind: 'json', schema: JSON.parse(schema) };
  } catch {
    throw new Invalid('The JSON schema in outputConfig.textFormat is not valid JSON');
  }
}

const isMark = (block: Json): boolean => isObject(block['cachePoint']);

const MUST_START = 'A conversation must start with a user message. Try again with a conversation that starts with a user message.';

const constraint = (value: string, rule: string): Invalid =>
  new Invalid(`1 validation error detected: ${value} failed to satisfy constraint: ${rule}`);

function readMessages(value: unknown): Message[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new Invalid(MUST_START);
  }
  const messages = value.map((message: unknown, index): Message => {
    const { role, content } = objectOf(message);
    if (role !== 'user' && role !== 'assistant') {
      throw constraint(`Value at 'messages.${index + 1}.member.role'`, 'Member must satisfy enum value set: [user, assistant]');
    }
    const blocks = listOf(content).filter(isObject);
    if (blocks.length === 0) {
      throw new Invalid(
        `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
      );
    }
    blocks.forEach((block, at) => checkBlock(block, `messages.${index}.content.${at}`));
    return { role, blocks };
  });
  if (messages[0]?.role !== 'user') throw new Invalid(MUST_START);
  messages.forEach((_, index) => checkTurn(messages, index));
  return messages;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;

function checkBlock(block: Json, place: string): void {
  if (textIn(block['text']) === '') {
    throw new Invalid(`The text field in the ContentBlock object at ${place} is blank. Add text to the text field, and try again.`);
  }
  const id = objectOf(block['toolUse'] ?? block['toolResult'])['toolUseId'];
  if (id !== undefined && !ID.test(String(id))) {
    throw constraint(`Value '${String(id)}' at '${place}.toolUseId'`, 'Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+');
  }
  const signature = textIn(objectOf(objectOf(block['reasoningContent'])['reasoningText'])['signature']);
  if (signature !== null && !isSignedBy('anthropic', signature)) {
    throw new Invalid(`The model returned the following errors: ${place}: Invalid \`signature\` in \`thinking\` block`);
  }
}

/** Roles take turns, and the results of a message's calls are in the next one. */
function checkTurn(messages: readonly Message[], index: number): void {
  const [before, message] = [messages[index - 1], messages[index]];
  if (before && before.role === message?.role) {
    throw new Invalid(
      'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and'
      + ' assistant roles and try again.',
    );
  }
  const called = idsIn(message, 'toolUse');
  const open = called.filter((id) => !idsIn(messages[index + 1], 'toolResult').includes(id));
  if (open.length > 0) {
    throw new Invalid(`Expected toolResult blocks at messages.${index + 1}.content for the following Ids: ${open.join(', ')}`);
  }
  const answered = idsIn(message, 'toolResult');
  if (answered.length > idsIn(before, 'toolUse').length) {
    throw new Invalid(
      `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`,
    );
  }
}

const idsIn = (message: Message | undefined, name: string): string[] =>
  (message?.blocks ?? []).flatMap((block) => (isObject(block[name]) ? [String(objectOf(block[name])['toolUseId'])] : []));

function checkToolsDeclared(messages: readonly Message[], toolConfig: unknown): void {
  if (isObject(toolConfig) || !messages.some((message) => idsIn(message, 'toolUse').length > 0)) return;
  throw new Invalid('The toolConfig field must be defined when using toolUse and toolResult content blocks.');
}

function turnsOf({ role, blocks }: Message): Turn[] {
  const results = blocks.filter((block) => block['toolResult'] !== undefined);
  const others = blocks.filter((block) => block['toolResult'] === undefined && !isMark(block));
  const texts = others.flatMap((block) => textIn(block['text']) ?? (block['toolUse'] === undefined ? [] : [JSON.stringify(block)]));
  const media = others.filter((block) => ['image', 'document', 'video', 'audio'].some((name) => block[name] !== undefined)).length;
  const tool: Turn[] = results.length > 0 ? [{ role: 'tool', text: JSON.stringify(results), media: 0 }] : [];
  return others.length > 0 ? [...tool, { role, text: texts.join('\n'), media }] : tool;
}

function readTools(value: unknown): Tool[] {
  return listOf(value).flatMap((tool, index): Tool[] => {
    const { name, inputSchema } = objectOf(objectOf(tool)['toolSpec']);
    if (objectOf(tool)['toolSpec'] === undefined) return [];
    if (typeof name !== 'string') throw constraint(`Value at 'toolConfig.tools.${index + 1}.member.toolSpec.name'`, 'Member must not be null');
    return [{ name, parameters: objectOf(inputSchema)['json'] }];
  });
}

function choiceOf(choice: unknown, tools: readonly Tool[]): ToolChoice {
  const { any, tool } = objectOf(choice);
  // There is no word here for whether several may be called: where there are several, two are.
  if (any !== undefined) return { kind: 'any', several: true };
  const { name } = objectOf(tool);
  if (name === undefined) return { kind: 'auto' };
  if (!tools.some((declared) => declared.name === name)) throw new Invalid(`The tool ${String(name)} of toolChoice is not among the tools`);
  return { kind: 'named', name: String(name) };
}
