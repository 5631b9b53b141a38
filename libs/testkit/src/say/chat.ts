/** Facts as a Chat Completions request. What Chat has no place for is left out; whoever compares reads what was said. */
import type { Fact, Source } from '../facts/fact.ts';
import { choiceIn, listText, objectText, runsOf, schemaIn, settingIn, textOrNothing, toolsIn, withIds, type Run } from './ids.ts';

export function sayChat(facts: readonly Fact[], model: string): string {
  const { tool, word } = choiceIn(facts);
  const schema = schemaIn(facts);
  const setting = (name: string) => textOrNothing(settingIn(facts, name));
  const tools = toolsIn(facts);
  return objectText({
    model: JSON.stringify(model),
    messages: listText(runsOf(withIds(facts)).flatMap(messagesOf)),
    tools: tools.length === 0 ? undefined : listText(tools.map((one) => objectText({
      type: '"function"',
      function: objectText({ name: JSON.stringify(one.name), description: one.description ? JSON.stringify(one.description) : undefined, parameters: one.schema }),
    }))),
    tool_choice: tool === undefined ? textOrNothing(word) : JSON.stringify({ type: 'function', function: { name: tool } }),
    parallel_tool_calls: tools.length === 0 ? undefined : setting('parallel'),
    max_tokens: setting('max_tokens'), temperature: setting('temperature'), top_p: setting('top_p'), stop: setting('stop'), seed: setting('seed'),
    user: setting('user'),
    response_format: schema === undefined ? undefined : JSON.stringify({ type: 'json_schema', json_schema: { name: settingIn(facts, 'format.name') ?? 'answer', schema } }),
    reasoning_effort: setting('reasoning.effort'),
    reasoning: settingIn(facts, 'reasoning.budget') === undefined ? undefined : JSON.stringify({ max_tokens: settingIn(facts, 'reasoning.budget') }),
  });
}

function messagesOf({ role, facts }: Run): readonly string[] {
  switch (role) {
    case 'system':
    case 'user':
      return [objectText({ role: JSON.stringify(role), content: contentText(facts) })];
    case 'assistant': return [assistantText(facts)];
    case 'result': return resultTexts(facts);
    default: return role satisfies never;
  }
}

function contentText(facts: readonly Fact[]): string {
  const [first, ...more] = facts;
  if (first?.kind === 'text' && more.length === 0) return JSON.stringify(first.text);
  return listText(facts.flatMap((fact) => {
    if (fact.kind === 'text') return [JSON.stringify({ type: 'text', text: fact.text })];
    return fact.kind === 'media' ? [JSON.stringify(mediaPart(fact.type, fact.source))] : [];
  }));
}

function mediaPart(type: string, source: Source): unknown {
  const data = source.base64 ?? (source.text === undefined ? undefined : Buffer.from(source.text).toString('base64'));
  const url = data === undefined ? source.url : `data:${type};base64,${data}`;
  if (type.startsWith('image/')) return { type: 'image_url', image_url: { url: url ?? source.file } };
  if (type.startsWith('audio/') && data !== undefined) return { type: 'input_audio', input_audio: { data, format: type.slice('audio/'.length) } };
  if (type.startsWith('video/')) return { type: 'video_url', video_url: { url } };
  if (source.file !== undefined) return { type: 'file', file: { file_id: source.file } };
  return data === undefined ? { type: 'file_url', file_url: { url } } : { type: 'file', file: { filename: 'document', file_data: url } };
}

const FORMATS: Readonly<Record<string, string>> = { anthropic: 'anthropic-claude-v1', google: 'google-gemini-v1', openai: 'openai-responses-v1' };

function assistantText(facts: readonly Fact[]): string {
  const texts = facts.filter((fact) => fact.kind === 'text');
  const calls = facts.flatMap((fact, index) => (fact.kind === 'call' ? [callText(fact, facts[index + 1])] : []));
  const details = detailTexts(facts);
  return objectText({
    role: '"assistant"',
    content: texts.length === 0 ? 'null' : contentText(texts),
    reasoning_details: details.length === 0 ? undefined : listText(details),
    tool_calls: calls.length === 0 ? undefined : listText(calls),
  });
}

/** Google's signature stands on the call before it. */
const isCallsSignature = (before: Fact | undefined, fact: Fact): boolean => before?.kind === 'call' && fact.kind === 'replay' && fact.family === 'google';

function callText(call: Extract<Fact, { kind: 'call' }>, next: Fact | undefined): string {
  const signature = next?.kind === 'replay' && isCallsSignature(call, next) ? next.value : undefined;
  return objectText({
    id: JSON.stringify(call.id), type: '"function"',
    function: JSON.stringify({ name: call.name, arguments: call.arguments }),
    extra_content: signature === undefined ? undefined : JSON.stringify({ google: { thought_signature: signature } }),
  });
}

/** A thought and the signature behind it are one detail. */
function detailTexts(facts: readonly Fact[]): readonly string[] {
  const details = facts.flatMap((fact, index): readonly object[] => {
    const next = facts[index + 1];
    const before = facts[index - 1];
    if (fact.kind === 'thinking') {
      const signed = next?.kind === 'replay' ? { signature: next.value, format: FORMATS[next.family] ?? next.family } : {};
      return [{ type: 'reasoning.text', text: fact.text, ...signed }];
    }
    if (fact.kind !== 'replay' || before?.kind === 'thinking' || isCallsSignature(before, fact)) return [];
    return [{ type: 'reasoning.encrypted', data: fact.value, format: FORMATS[fact.family] ?? fact.family }];
  });
  return details.map((detail, index) => JSON.stringify({ ...detail, index }));
}

/** Media of a result go into a turn of the user, behind a text that names the call. */
function resultTexts(facts: readonly Fact[]): readonly string[] {
  const [result, ...parts] = facts;
  if (result?.kind !== 'result') return [];
  const media = parts.filter((part) => part.kind === 'media');
  const label: Fact = { path: '', kind: 'text', role: 'user', text: `From the result of ${result.id}:` };
  const texts = parts.filter((part) => part.kind === 'text');
  return [
    objectText({
      role: '"tool"', tool_call_id: JSON.stringify(result.id), content: texts.length === 0 ? '""' : contentText(texts),
      is_error: result.error ? 'true' : undefined,
    }),
    ...(media.length === 0 ? [] : [objectText({ role: '"user"', content: contentText([label, ...media]) })]),
  ];
}
