/**
 * What every outcome table must do, told by recorded failures: each is known, by the row that is meant for it. Errors of
 * other wires of the same provider come in the same shapes, and are held against the same table.
 */
import { loadExchanges, type Exchange } from '@sluice/testkit';
import { dataOf, isError, splitSse } from '@sluice/wire';
import { describe, expect, test } from 'vitest';
import { FAILURE_KINDS_BY_FILE } from './recorded-failures.ts';
import { rowOf } from '../src/outcome-table.ts';
import type { TabledProvider } from '../src/define.ts';
import { provider as anthropic } from '../src/anthropic/index.ts';
import { provider as awsBedrock } from '../src/aws-bedrock/index.ts';
import { provider as awsBedrockInvoke } from '../src/aws-bedrock-invoke/index.ts';
import { provider as azureOpenai } from '../src/azure-openai/index.ts';
import { provider as gemini } from '../src/gemini/index.ts';
import { provider as groq } from '../src/groq/index.ts';
import { provider as mistral } from '../src/mistral/index.ts';
import { provider as ollama } from '../src/ollama/index.ts';
import { provider as openai } from '../src/openai/index.ts';
import { provider as openrouter } from '../src/openrouter/index.ts';
import { provider as perplexity } from '../src/perplexity/index.ts';
import { provider as vertex } from '../src/vertex/index.ts';
import type { Answer } from '../src/provider.ts';

/** The answer as the worker would hand it over, or undefined when the exchange did not fail. */
function failureIn({ response: { status, headers, body } }: Exchange): Answer | undefined {
  const answer = (content: unknown): Answer => ({ status, headers, body: content, receivedAt: Date.parse(headers['date'] ?? '') || 0 });
  const text = body.toString();
  if (status >= 400) return answer(parse(text));
  if (!String(headers['content-type']).includes('event-stream')) return isError(parse(text)) ? answer(parse(text)) : undefined;
  const failed = splitSse().push(body).map((event) => parse(dataOf(event) ?? '')).find(isError);
  return failed === undefined ? undefined : answer(failed);
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** Whose recordings are held against whose table. */
const RECORDED: readonly (readonly [folder: string, provider: TabledProvider])[] = [
  ['openai', openai], ['groq', groq], ['mistral', mistral], ['openrouter', openrouter], ['anthropic', anthropic], ['azure', azureOpenai],
  ['bedrock', awsBedrock], ['bedrock', awsBedrockInvoke], ['gemini', gemini], ['vertex', vertex], ['ollama', ollama], ['perplexity', perplexity],
];

for (const [folder, provider] of RECORDED) {
  const { id } = provider.profile;
  const { exchanges, reason } = await loadExchanges({ provider: folder });
  describe.skipIf(exchanges === undefined)(`${id}${reason ? ` (${reason})` : ''}`, () => {
    const failures = (exchanges ?? []).flatMap((exchange) => {
      // A response that ended badly is an answer of another wire, told by events of its own.
      const answer = exchange.wire === 'responses' && exchange.response.status < 400 ? undefined : failureIn(exchange);
      return answer ? [{ name: exchange.id, answer }] : [];
    });

    test('there are recorded failures, and each is known to a row', () => {
      expect(failures.length).toBeGreaterThan(0);
      const unknown = failures.filter(({ answer }) => rowOf(provider.table, answer) === undefined);
      expect(unknown.map(({ name }) => name)).toEqual([]);
    });

    test.each(failures)('$name', ({ name, answer }) => {
      const outcome = provider.outcomeOf(answer);
      const told = outcome.kind === 'throttled' ? outcome.kind : `${outcome.failure} → ${outcome.tryNext}`;
      expect(told).not.toMatch(/^unknown/);
      const expected = FAILURE_KINDS_BY_FILE[name];
      if (expected !== undefined) expect(`${rowOf(provider.table, answer)?.name}: ${told}`).toBe(expected);
      expect(outcome.error.message).not.toBe('');
      expect(JSON.stringify(outcome.error.message)).not.toMatch(/sk-[a-z]/i);
    });
  });
}
