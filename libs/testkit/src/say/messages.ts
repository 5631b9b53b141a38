/** Facts as a Messages request. What Messages has no place for is left out; whoever compares reads what was said. */
import { isContent, type Fact, type Source } from '../facts/fact.ts';
import { choiceIn, listText, objectText, runsOf, schemaIn, settingIn, textOrNothing, toolsIn, withIds } from './ids.ts';

export function sayMessages(facts: readonly Fact[], model: string): string {
  const said = withIds(facts);
  const tools = toolsIn(facts);
  const schema = schemaIn(facts);
  const effort = settingIn(facts, 'reasoning.effort');
  const setting = (name: string) => textOrNothing(settingIn(facts, name));
  const system = leadingSystem(said);
  const output = { ...(effort === undefined ? {} : { effort }), ...(schema === undefined ? {} : { format: { type: 'json_schema', schema } }) };
  return objectText({
    model: JSON.stringify(model),
    max_tokens: setting('max_tokens') ?? '4096',
    system: system.length === 0 ? undefined : listText(system.flatMap((fact) => blocksOf(fact, undefined))),
    messages: listText(turnsOf(said.filter((fact) => !system.includes(fact)))),
    tools: tools.length === 0 ? undefined : listText(tools.map((tool) => objectText({
      name: JSON.stringify(tool.name), description: tool.description ? JSON.stringify(tool.description) : undefined, input_schema: tool.schema,
    }))),
    tool_choice: choiceText(facts),
    temperature: setting('temperature'), top_p: setting('top_p'), top_k: setting('top_k'), stop_sequences: setting('stop'),
    metadata: settingIn(facts, 'user') === undefined ? undefined : JSON.stringify({ user_id: settingIn(facts, 'user') }),
    thinking: thinkingText(facts),
    output_config: Object.keys(output).length === 0 ? undefined : JSON.stringify(output),
  });
}

/** What stands in front of the conversation; a system's word in its middle is a turn of its own. */
function leadingSystem(facts: readonly Fact[]): readonly Fact[] {
  const isSystem = (fact: Fact) => fact.kind === 'text' && fact.role === 'system';
  const first = facts.findIndex((fact) => isContent(fact) && !isSystem(fact));
  return (first < 0 ? facts : facts.slice(0, first)).filter(isSystem);
}

function thinkingText(facts: readonly Fact[]): string | undefined {
  const budget = settingIn(facts, 'reasoning.budget');
  if (budget !== undefined) return JSON.stringify({ type: 'enabled', budget_tokens: budget });
  return settingIn(facts, 'reasoning.on') === false ? '{"type":"disabled"}' : undefined;
}

function choiceText(facts: readonly Fact[]): string | undefined {
  const { tool, word } = choiceIn(facts);
  const alone = settingIn(facts, 'parallel') === false ? { disable_parallel_tool_use: true } : {};
  if (tool !== undefined) return JSON.stringify({ type: 'tool', name: tool, ...alone });
  if (word === undefined && alone.disable_parallel_tool_use === undefined) return undefined;
  const type = word === 'required' ? 'any' : word ?? 'auto';
  return JSON.stringify(type === 'none' ? { type } : { type, ...alone });
}

/** Neighbours of one role are one turn; results are the user's. */
function turnsOf(facts: readonly Fact[]): readonly string[] {
  const turns: { role: 'user' | 'assistant' | 'system'; blocks: string[] }[] = [];
  for (const { role, facts: said } of runsOf(facts)) {
    const speaker = role === 'result' ? 'user' : role;
    const blocks = role === 'result' ? resultBlocks(said) : said.flatMap((fact, index) => blocksOf(fact, said[index + 1], said[index - 1]));
    const last = turns.at(-1);
    if (last?.role === speaker) last.blocks.push(...blocks);
    else turns.push({ role: speaker, blocks: [...blocks] });
  }
  return turns.map(({ role, blocks }) => objectText({ role: JSON.stringify(role), content: listText(blocks) }));
}

/** A signature of another family is tagged with it, where it does not sign a thought. */
function blocksOf(fact: Fact, next: Fact | undefined, before?: Fact): readonly string[] {
  switch (fact.kind) {
    case 'text':
    case 'refusal':
      return [JSON.stringify({ type: 'text', text: fact.text })];
    case 'media': return [JSON.stringify(mediaBlock(fact.type, fact.source))];
    case 'call':
      return [objectText({ type: '"tool_use"', id: JSON.stringify(fact.id), name: JSON.stringify(fact.name), input: fact.arguments })];
    case 'thinking': {
      const signature = next?.kind === 'replay' ? tagged(next) : '';
      return [JSON.stringify({ type: 'thinking', thinking: fact.text, signature })];
    }
    case 'replay': return before?.kind === 'thinking' ? [] : [JSON.stringify({ type: 'redacted_thinking', data: tagged(fact) })];
    default: return [];
  }
}

const tagged = ({ family, value }: Extract<Fact, { kind: 'replay' }>): string => (family === 'anthropic' ? value : `sluice1.${family}.${value}`);

function mediaBlock(type: string, source: Source): unknown {
  const kind = type.startsWith('image/') ? 'image' : 'document';
  if (source.base64 !== undefined) return { type: kind, source: { type: 'base64', media_type: type, data: source.base64 } };
  if (source.text !== undefined) return { type: kind, source: { type: 'text', media_type: 'text/plain', data: source.text } };
  return { type: kind, source: source.url === undefined ? { type: 'file', file_id: source.file } : { type: 'url', url: source.url } };
}

function resultBlocks(facts: readonly Fact[]): readonly string[] {
  const [result, ...parts] = facts;
  if (result?.kind !== 'result') return [];
  return [objectText({
    type: '"tool_result"', tool_use_id: JSON.stringify(result.id), is_error: result.error ? 'true' : undefined,
    content: parts.length === 0 ? undefined : listText(parts.flatMap((part) => blocksOf(part, undefined))),
  })];
}
