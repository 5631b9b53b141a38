/** Which tools the simulator calls: those a request makes it call, or names to it. */
import type { AnswerShape, Tool, Turn } from './produce.ts';

export type ToolChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'auto' }
  /** `several`: the request says in so many words that more than one may be called. */
  | { readonly kind: 'any'; readonly several: boolean }
  | { readonly kind: 'named'; readonly name: string };

/**
 * Forced without a name, the first tool is called, or the first two where several may be. Left to itself the simulator
 * calls every tool whose name the last message of the user holds: so a loop of tools begins with "use get_weather", and
 * ends when the results are in. Undefined where nothing is to be called.
 */
export function toolsShape(tools: readonly Tool[], choice: ToolChoice, turns: readonly Turn[]): AnswerShape | undefined {
  const called = toolsCalled(tools, choice, turns);
  return called.length > 0 ? { kind: 'tools', tools: called } : undefined;
}

function toolsCalled(tools: readonly Tool[], choice: ToolChoice, turns: readonly Turn[]): readonly Tool[] {
  switch (choice.kind) {
    case 'none': return [];
    case 'named': return tools.filter(({ name }) => name === choice.name);
    case 'any': return tools.slice(0, choice.several ? 2 : 1);
    case 'auto': {
      const last = turns.at(-1);
      return last?.role === 'user' ? tools.filter(({ name }) => last.text.includes(name)) : [];
    }
    default: return choice satisfies never;
  }
}
