/** What every provider says when it does not answer, and what it says it cost, as the client and the audit have it. */
import type { Rule } from '@sluice/testkit';
import { waitFor } from '@sluice/testkit';
import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, type System } from '../system.ts';
import { resourceOf, startEveryProvider } from './every-provider.ts';
import { ROWS, type ProviderRow } from './rows.ts';

interface Failure {
  readonly fault: Rule['fault'];
  /** What the client is told. */
  readonly status: number;
  readonly code: string;
  readonly raises: abstract new (...args: never[]) => APIError;
  /** What the audit has of the attempt: outcome, and why. */
  readonly audited: readonly [outcome: string, why: RegExp];
  /** Must the client not try again? */
  readonly final: boolean;
}

const RETRY_AFTER_MS = 2_000;
const ours = { status: 502, code: 'provider_error', raises: OpenAI.InternalServerError } as const;
const FAILURES: Readonly<Record<string, Failure>> = {
  refused: { fault: { kind: 'status', status: 400 }, status: 400, code: 'invalid_request', raises: OpenAI.BadRequestError, audited: ['failed', /^invalid_request$/], final: false },
  locked: { fault: { kind: 'status', status: 401 }, ...ours, audited: ['failed', /^unauthorized$/], final: true },
  missing: { fault: { kind: 'status', status: 404 }, ...ours, audited: ['failed', /^not_found$/], final: true },
  broken: { fault: { kind: 'status', status: 500 }, ...ours, audited: ['failed', /^unavailable$/], final: false },
  overloaded: { fault: { kind: 'status', status: 503 }, ...ours, audited: ['failed', /^overloaded$/], final: false },
  limited: {
    fault: { kind: 'throttle', retryAfterMs: RETRY_AFTER_MS }, status: 429, code: 'provider_rate_limited', raises: OpenAI.RateLimitError, audited: ['throttled', /./], final: false,
  },
};
const modelOf = ({ model }: ProviderRow, failure: string): string => `${model}-${failure}`;
/** Under a status of 200, as routers that have begun to wait do. */
const IN_200 = ['openrouter', 'openai-compatible', 'groq', 'openai'];
/** These say no time: it is what the profile takes it to be. */
const TIMELESS_MS: Readonly<Record<string, number>> = { 'mistral': 1_500, 'aws-bedrock': 10_000, 'aws-bedrock-invoke': 10_000 };

const rules: readonly Rule[] = ROWS.flatMap((row) => [
  ...Object.entries(FAILURES).map(([name, { fault }]) => ({ when: { model: modelOf(row, name) }, fault })),
  { when: { model: modelOf(row, 'breaking') }, fault: { kind: 'error_in_stream' as const, afterEvents: 4 } },
  { when: { model: modelOf(row, 'in200') }, fault: { kind: 'error_with_200' as const, body: { error: { code: 502, message: 'Upstream is gone' } } } },
  { when: { model: modelOf(row, 'silent') }, fault: { kind: 'usage' as const, usage: null } },
]);
const USES = [...Object.keys(FAILURES), 'breaking', 'in200', 'silent'];

interface Attempt {
  readonly outcome: string;
  readonly error_code: string | null;
  readonly usage_source: string | null;
  readonly input_tokens: string | null;
  readonly output_tokens: string | null;
}

let system: System;
let openai: OpenAI;
beforeAll(async () => {
  system = await startEveryProvider((row) => Object.fromEntries(USES.map((use) => [use, modelOf(row, use)])));
  system.simulators[0]?.script(rules);
  openai = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: KEY, maxRetries: 0 });
});
afterAll(() => system?.stop());

const hello = [{ role: 'user' as const, content: 'hello' }];
let asked = 0;

interface Asking {
  readonly row: ProviderRow;
  readonly use: string;
  readonly stream: boolean;
}

/** Makes the call and gives what it raised (null: answered), with the name under which the audit has it. */
async function call({ row, use, stream }: Asking) {
  const correlation = `errors ${++asked}`;
  const headers = { 'x-sluice-correlation-id': correlation, 'x-sluice-max-wait-ms': '1000' };
  const params = { model: resourceOf(row, use), messages: hello };
  const answer = stream
    ? openai.chat.completions.stream({ ...params, stream_options: { include_usage: true } }, { headers }).finalChatCompletion()
    : openai.chat.completions.create(params, { headers });
  const raised: unknown = await answer.then(() => null, (error: unknown) => error);
  return { raised, correlation };
}

async function audited(correlation: string): Promise<Attempt> {
  const rows = await waitFor(async () => {
    const found = await system.query<Attempt>(
      'select a.outcome, a.error_code, a.usage_source, a.input_tokens, a.output_tokens from audit_attempt a join audit j on j.id = a.job where j.correlation_id = $1', [correlation],
    );
    return found.length > 0 ? found : undefined;
  }, { withinMs: 20_000, what: `an audit row of ${correlation}`, everyMs: 20 });
  const [attempt] = rows;
  if (!attempt) throw new Error('there is no attempt');
  return attempt;
}

describe.each(ROWS)('$name', (row) => {
  test('an error in the middle of a stream is raised, and audited', async () => {
    const { raised, correlation } = await call({ row, use: 'breaking', stream: true });
    expect(raised).toBeInstanceOf(APIError);
    expect(raised).toMatchObject({ type: 'api_error', code: 'provider_error' });
    expect(await audited(correlation)).toMatchObject({ outcome: 'failed' });
  });

  test.runIf(IN_200.includes(row.name)).each([false, true])('an error under a status of 200 is one (streamed: %s)', async (stream) => {
    const { raised, correlation } = await call({ row, use: 'in200', stream });
    expect(raised).toBeInstanceOf(OpenAI.InternalServerError);
    expect(await audited(correlation)).toMatchObject({ outcome: 'failed', error_code: 'unavailable' });
  });

  test.each([false, true])('its usage is audited as it was counted (streamed: %s)', async (stream) => {
    const { raised, correlation } = await call({ row, use: 'chat', stream });
    expect(raised).toBeNull();
    const counted = system.simulators[0]?.calls().at(-1);
    const { usage_source: source, input_tokens: input, output_tokens: output } = await audited(correlation);
    expect({ source, input: Number(input), output: Number(output) }).toEqual({ source: 'provider', input: counted?.inputTokens, output: counted?.outputTokens });
  });

  test.each([false, true])('usage that it does not tell is estimated (streamed: %s)', async (stream) => {
    const { raised, correlation } = await call({ row, use: 'silent', stream });
    expect(raised).toBeNull();
    expect(await audited(correlation)).toMatchObject({ outcome: 'completed', usage_source: 'estimated', output_tokens: expect.stringMatching(/^[1-9]/) });
  });

  // The last of them leaves the connection at rest.
  test.each(Object.entries(FAILURES))('%s', async (use, { status, code, raises, audited: [outcome, why], final }) => {
    const { raised, correlation } = await call({ row, use, stream: asked % 2 === 0 });
    expect(raised).toBeInstanceOf(raises);
    if (!(raised instanceof APIError)) throw raised;
    expect(raised).toMatchObject({ status, type: expect.stringMatching(/_error$/), message: expect.not.stringContaining('undefined') });
    expect([raised.headers?.get('x-sluice-error'), raised.headers?.get('x-should-retry')]).toEqual([code, final ? 'false' : null]);
    expect(JSON.stringify(raised.error)).not.toContain(Object.values(row.credentials)[0] ?? 'no key');
    const attempt = await audited(correlation);
    expect([attempt.outcome, attempt.error_code]).toEqual([outcome, expect.stringMatching(why)]);
    if (use !== 'limited') return;
    const afterMs = Number(raised.headers?.get('retry-after-ms'));
    const most = TIMELESS_MS[row.name] ?? RETRY_AFTER_MS;
    expect(afterMs).toBeGreaterThan(most / 4);
    expect(afterMs).toBeLessThanOrEqual(most + 500); // Google and Anthropic say whole seconds
  });
});
