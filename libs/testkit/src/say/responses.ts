/** Facts as a Responses request. What Responses has no place for is left out; whoever compares reads what was said. */
import type { Fact, Source } from '../facts/fact.ts';
import { choiceIn, listText, objectText, runsOf, schemaIn, settingIn, textOrNothing, toolsIn, withIds, type Run } from './ids.ts';

export function sayResponses(facts: readonly Fact[], model: string): string {
  const { tool, word } = choiceIn(facts);
  const schema = schemaIn(facts);
  const tools = toolsIn(facts);
  const setting = (name: string) => textOrNothing(settingIn(facts, name));
  const format = schema === undefined ? undefined : { type: 'json_schema', name: settingIn(facts, 'format.name') ?? 'answer', schema };
  return objectText({
    model: JSON.stringify(model),
    input: listText(runsOf(withIds(facts)).flatMap(itemsOf)),
    tools: tools.length === 0 ? undefined : listText(tools.map((one) => objectText({
      type: '"function"', name: JSON.stringify(one.name), description: one.description ? JSON.stringify(one.description) : undefined, parameters: one.schema,
      strict: 'false',
    }))),
    tool_choice: tool === undefined ? textOrNothing(word) : JSON.stringify({ type: 'function', name: tool }),
    parallel_tool_calls: tools.length === 0 ? undefined : setting('parallel'),
    max_output_tokens: setting('max_tokens'), temperature: setting('temperature'), top_p: setting('top_p'), user: setting('user'),
    text: format === undefined ? undefined : JSON.stringify({ format }),
    reasoning: settingIn(facts, 'reasoning.effort') === undefined ? undefined : JSON.stringify({ effort: settingIn(facts, 'reasoning.effort') }),
    store: 'false',
  });
}

function itemsOf({ role, facts }: Run): readonly string[] {
  switch (role) {
    case 'system':
    case 'user':
      return [JSON.stringify({ type: 'message', role, content: facts.flatMap(inputPart) })];
    case 'assistant': return facts.flatMap((fact, index) => assistantItem(fact, facts[index + 1], facts[index - 1]));
    case 'result': return resultItems(facts);
    default: return role satisfies never;
  }
}

function inputPart(fact: Fact): readonly unknown[] {
  if (fact.kind === 'text') return [{ type: 'input_text', text: fact.text }];
  return fact.kind === 'media' ? [mediaPart(fact.type, fact.source)] : [];
}

function mediaPart(type: string, source: Source): unknown {
  const data = source.base64 ?? (source.text === undefined ? undefined : Buffer.from(source.text).toString('base64'));
  const inline = data === undefined ? undefined : `data:${type};base64,${data}`;
  const pointed = source.file === undefined ? {} : { file_id: source.file };
  if (type.startsWith('image/')) return { type: 'input_image', detail: 'auto', image_url: inline ?? source.url, ...pointed };
  return { type: 'input_file', ...(inline === undefined ? { file_url: source.url } : { filename: 'document', file_data: inline }), ...pointed };
}

function assistantItem(fact: Fact, next: Fact | undefined, before: Fact | undefined): readonly string[] {
  switch (fact.kind) {
    case 'text':
      return [JSON.stringify({ type: 'message', role: 'assistant', content: fact.text })];
    case 'call':
      return [JSON.stringify({ type: 'function_call', call_id: fact.id, name: fact.name, arguments: fact.arguments })];
    case 'thinking':
      return [JSON.stringify({ type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: fact.text }], ...(next?.kind === 'replay' ? { encrypted_content: tagged(next) } : {}) })];
    case 'replay':
      return before?.kind === 'thinking' ? [] : [JSON.stringify({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: tagged(fact) })];
    default: return [];
  }
}

const tagged = ({ family, value }: Extract<Fact, { kind: 'replay' }>): string => (family === 'openai' ? value : `sluice1.${family}.${value}`);

function resultItems(facts: readonly Fact[]): readonly string[] {
  const [result, ...parts] = facts;
  if (result?.kind !== 'result') return [];
  const [first, ...more] = parts;
  const output = first?.kind === 'text' && more.length === 0 ? first.text : parts.flatMap(inputPart);
  return [JSON.stringify({ type: 'function_call_output', call_id: result.id, output: parts.length === 0 ? '' : output })];
}
