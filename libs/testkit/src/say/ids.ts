/** Facts whose calls and results all have ids: some formats go by position, and clients do not. */
import type { Fact } from '../facts/fact.ts';

/** An id that is there stays, unless it stood for an earlier call; results follow the call that they answer. */
export function withIds(facts: readonly Fact[]): readonly Fact[] {
  const open: { readonly id: string; readonly name: string; readonly said: string }[] = [];
  const used = new Set<string>();
  let calls = 0;
  return facts.map((fact) => {
    if (fact.kind === 'call') {
      const said = fact.id === '' || used.has(fact.id) ? `call_${calls}_of_${fact.name}`.slice(0, 40) : fact.id;
      calls += 1;
      used.add(said);
      open.push({ id: fact.id, name: fact.name, said });
      return { ...fact, id: said };
    }
    if (fact.kind !== 'result') return fact;
    const at = open.findIndex(({ id, name }) => (fact.id === '' ? fact.name === undefined || name === fact.name : id === fact.id));
    const [call] = at < 0 ? [] : open.splice(at, 1);
    return { ...fact, id: call?.said ?? fact.id };
  });
}

/** Facts in runs of one speaker. The parts of a result are its own run, with it. */
export interface Run {
  readonly role: 'system' | 'user' | 'assistant' | 'result';
  readonly facts: readonly Fact[];
}

export function runsOf(facts: readonly Fact[]): readonly Run[] {
  const runs: { role: Run['role']; facts: Fact[] }[] = [];
  for (const fact of facts) {
    const role = speakerOf(fact);
    if (role === undefined) continue;
    const last = runs.at(-1);
    if (last?.role === role && fact.kind !== 'result') last.facts.push(fact);
    else runs.push({ role, facts: [fact] });
  }
  return runs;
}

function speakerOf(fact: Fact): Run['role'] | undefined {
  switch (fact.kind) {
    case 'text':
    case 'media':
      return fact.role;
    case 'result': return 'result';
    case 'call':
    case 'thinking':
    case 'replay':
    case 'refusal':
      return 'assistant';
    default: return undefined;
  }
}

/** A setting's value, parsed. */
export function settingIn(facts: readonly Fact[], name: string): unknown {
  const fact = facts.find((one) => one.kind === 'setting' && one.name === name);
  return fact?.kind === 'setting' ? (JSON.parse(fact.value) as unknown) : undefined; // its own reader wrote it
}

export const toolsIn = (facts: readonly Fact[]) => facts.filter((fact) => fact.kind === 'tool');

/** JSON text of an object; members that are undefined are not there, `raw` texts stand as they are. */
export function objectText(members: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(members).filter((member): member is [string, string] => member[1] !== undefined);
  return `{${given.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;
}

export const listText = (items: readonly string[]): string => `[${items.join(',')}]`;

/** Undefined stays undefined, everything else becomes text. */
export const textOrNothing = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

/** Named tool, or a word. */
export const choiceIn = (facts: readonly Fact[]): { readonly tool?: string; readonly word?: string } => {
  const choice = settingIn(facts, 'tool_choice');
  if (typeof choice === 'string') return { word: choice };
  if (typeof choice !== 'object' || choice === null) return {};
  if ('tool' in choice) return { tool: String(choice.tool) };
  // Several of many: the nearest that every client can say.
  return { word: 'required' };
};

export const schemaIn = (facts: readonly Fact[]): unknown => {
  const format = settingIn(facts, 'format');
  return typeof format === 'object' && format !== null && 'schema' in format ? format.schema : undefined;
};
