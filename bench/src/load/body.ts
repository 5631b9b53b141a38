/** The request of one call. No two are alike, because a broker may take a repeated body for a client's own retry. */
import { promptOfTokens } from '@sluice/testkit';
import type { LoadPlan } from './plan.ts';

/** Fewer than this no prompt can have: the simulator counts the message and the request themselves. */
export const LEAST_INPUT_TOKENS = 12;

export function bodyOf({ bodies, target, stream }: LoadPlan, index: number): string {
  switch (bodies.kind) {
    case 'bytes': return chatBody({ model: target.model, stream, prompt: textOf(index, bodies.bytes), outputTokens: bodies.outputTokens });
    case 'tokens': {
      const { input, output } = bodies.each[index] ?? { input: LEAST_INPUT_TOKENS, output: 1 };
      const prompt = distinct(promptOfTokens(Math.max(LEAST_INPUT_TOKENS, input)), index);
      return chatBody({ model: target.model, stream, prompt, outputTokens: output, stated: bodies.stated });
    }
    default: return bodies satisfies never;
  }
}

interface ChatBody {
  readonly model: string;
  readonly stream: boolean;
  readonly prompt: string;
  readonly outputTokens: number;
  readonly stated?: boolean | undefined;
}

const chatBody = ({ model, stream, prompt, outputTokens, stated = true }: ChatBody): string => JSON.stringify({
  model, stream, ...(stated && { max_tokens: outputTokens }), metadata: { simulate_output_tokens: String(outputTokens) }, messages: [{ role: 'user', content: prompt }],
});

/** The same length in bytes, begun with the call's number: tokens are counted by bytes. */
const distinct = (prompt: string, index: number): string => textOf(index, 0).concat(prompt).slice(0, prompt.length);

const textOf = (index: number, bytes: number): string => `call ${String(index).padStart(7, '0')} `.padEnd(bytes, 'of no meaning ');
