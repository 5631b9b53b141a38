/** Each provider is called in each of its formats over the one transport, and answers with events; the simulator stands in. */
import { startSimulator, type Simulator } from '@sluice/testkit';
import { dataOf, nameOf } from '@sluice/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CALL_LIMITS, discoverModels, openAuthorizer, openTransport, providers, type Answer, type Credentials, type Outgoing, type Provider, type WireFormat,
} from '../src/index.ts';

let simulator: Simulator;
const transport = openTransport({ now: Date.now, connectMs: 2_000 });
const authorizer = openAuthorizer({ now: Date.now });

beforeAll(async () => {
  simulator = await startSimulator({ latencyMs: 0, chunkEveryMs: 0, limits: [] });
});
afterAll(async () => {
  await transport.stop();
  await simulator.stop();
});

interface Account {
  /** Under the simulator's origin. */
  readonly base: string;
  readonly credentials: Credentials;
}

const AWS = { access_key_id: 'AKIATEST', secret_access_key: 'secret', region: 'us-east-1' };
const VERTEX = { base: '', credentials: { access_token: 'ya29.x', project: 'p', location: 'us-east5' } };

const ACCOUNTS: Readonly<Record<string, Account>> = {
  'openai': { base: '/v1', credentials: { api_key: 'k' } },
  'azure-openai': { base: '', credentials: { api_key: 'k' } },
  'anthropic': { base: '/v1', credentials: { api_key: 'k' } },
  'gemini': { base: '/v1beta/openai', credentials: { api_key: 'k' } },
  'vertex': VERTEX,
  'groq': { base: '/groq/v1', credentials: { api_key: 'k' } },
  'perplexity': { base: '/perplexity', credentials: { api_key: 'k' } },
  'mistral': { base: '/mistral/v1', credentials: { api_key: 'k' } },
  'aws-bedrock': { base: '', credentials: AWS },
  'aws-bedrock-invoke': { base: '', credentials: AWS },
  'ollama': { base: '/local/v1', credentials: {} },
  'lmstudio': { base: '/local/v1', credentials: {} },
  'deepseek': { base: '/v1', credentials: { api_key: 'k' } },
};

const messages = [{ role: 'user', content: 'hello' }];
const contents = [{ role: 'user', parts: [{ text: 'hello' }] }];

const BODIES: Readonly<Record<WireFormat, (model: string) => object>> = {
  'chat': (model) => ({ model, messages }),
  'responses': (model) => ({ model, input: 'hello' }),
  'messages': (model) => ({ model, max_tokens: 64, messages }),
  'converse': () => ({ messages: [{ role: 'user', content: [{ text: 'hello' }] }] }),
  'gemini': () => ({ contents }),
  'embeddings': (model) => ({ model, input: ['hello'] }),
  'gemini-embeddings': (model) => ({ requests: [{ model: `models/${model}`, content: { parts: [{ text: 'hello' }] } }] }),
  'vertex-embeddings': () => ({ instances: [{ content: 'hello' }] }),
  'titan-embeddings': () => ({ inputText: 'hello' }),
  'cohere-embeddings': () => ({ texts: ['hello'], input_type: 'search_query' }),
  'nova-embeddings': () => ({ taskType: 'SINGLE_EMBEDDING', singleEmbeddingParams: { embeddingPurpose: 'GENERIC_INDEX', text: { truncationMode: 'END', value: 'hello' } } }),
};

const IN_BODY: ReadonlySet<WireFormat> = new Set(['chat', 'responses', 'messages']);

interface Answered extends Answer {
  readonly events: readonly Buffer[];
}

async function call(id: string, asked: Partial<Outgoing> & Pick<Outgoing, 'format'>): Promise<Answered> {
  const { provider, account } = of(id);
  const { format, stream = false, model = 'm' } = asked;
  const body = Buffer.from(JSON.stringify({ ...BODIES[format](model), ...(stream && IN_BODY.has(format) ? { stream } : {}) }));
  const outgoing: Outgoing = { purpose: 'answer', model, stream, headers: {}, body, ...asked };
  const addressed = provider.addressOf(outgoing, { baseUrl: `${simulator.origin}${account.base}`, credentials: account.credentials });
  if (!addressed) throw new Error(`${id} does not speak ${format}`);
  const own = await authorizer.headersFor(addressed, provider.profile, account.credentials);
  const splitter = provider.splitEvents();
  const events: Buffer[] = [];
  const pieces: Buffer[] = [];
  let head = { status: 0, headers: {} };
  const end = await transport.call({
    method: addressed.method, origin: addressed.url.origin, path: addressed.url.pathname + addressed.url.search,
    headers: { ...addressed.headers, ...own }, body: addressed.body, sendBy: Date.now() + 5_000, limits: CALL_LIMITS, signal: new AbortController().signal,
  }, {
    onHead: (answer) => { head = answer; },
    onData(chunk) {
      pieces.push(Buffer.from(chunk));
      events.push(...splitter.push(Buffer.from(chunk)));
      return undefined;
    },
  });
  expect(end.failure).toBeNull();
  const text = Buffer.concat(pieces).toString();
  return { ...head, body: stream && head.status === 200 ? null : JSON.parse(text), events, receivedAt: Date.now() };
}

function of(id: string): { readonly provider: Provider; readonly account: Account } {
  const [provider, account] = [providers.get(id), ACCOUNTS[id]];
  if (!provider || !account) throw new Error(`no account at ${id}`);
  return { provider, account };
}

const SPOKEN = Object.keys(ACCOUNTS).flatMap((id) => of(id).provider.profile.formats.map((format) => [id, format] as const));

test.each(SPOKEN)('%s answers in %s', async (id, format) => {
  const answer = await call(id, { format });
  expect(answer.status).toBe(200);
  expect(JSON.stringify(answer.body)).toMatch(format.endsWith('embeddings') ? /embedding/ : /Hello!/);
});

const STREAMED = SPOKEN.filter(([, format]) => !format.endsWith('embeddings'));

test.each(STREAMED)('%s streams in %s', async (id, format) => {
  const { status, events } = await call(id, { format, stream: true });
  expect(status).toBe(200);
  expect(events.length).toBeGreaterThan(5);
  for (const event of events) {
    const data = dataOf(event) ?? ''; // a comment has none
    if (data !== '' && data !== '[DONE]') expect(JSON.parse(data)).toBeTypeOf('object');
  }
});

test('whoever streams Messages does so in the same events, framed as they may be on their way', async () => {
  const namesOf = async (id: string) => (await call(id, { format: 'messages', stream: true })).events.map(nameOf).filter((name) => name !== 'ping');
  const names = await namesOf('anthropic');
  expect(names[0]).toBe('message_start');
  expect(names.at(-1)).toBe('message_stop');
  expect(await namesOf('aws-bedrock-invoke')).toEqual(names);
  expect(await namesOf('vertex')).toEqual(names);
});

test.each([
  ['anthropic', 'messages', /"input_tokens":9/], ['gemini', 'gemini', /"totalTokens":9/], ['vertex', 'gemini', /"totalTokens":9/],
  ['vertex', 'messages', /"input_tokens":9/], ['aws-bedrock', 'converse', /"inputTokens":9/], ['aws-bedrock-invoke', 'messages', /"inputTokens":9/],
] as const)(
  '%s counts the tokens of %s', async (id, format, count) => {
    expect(JSON.stringify((await call(id, { format, purpose: 'count' })).body)).toMatch(count);
  },
);

describe('what the simulator refuses is known', () => {
  const told = async (id: string, format: WireFormat, model = 'm') => {
    const answer = await call(id, { format, model });
    const outcome = of(id).provider.outcomeOf(answer);
    return outcome.kind === 'throttled' ? `throttled ${outcome.retryAfterMs}` : `${outcome.failure} ${outcome.tryNext}`;
  };

  test.each([
    ['openai', 'responses', 'throttled 7000'], ['azure-openai', 'chat', 'throttled 7000'], ['anthropic', 'messages', 'throttled 7000'],
    ['gemini', 'gemini', 'throttled 7000'], ['gemini', 'chat', 'throttled 7000'], ['vertex', 'gemini', 'throttled 7000'], ['vertex', 'messages', 'throttled 7000'],
    ['mistral', 'chat', 'throttled 1500'], ['aws-bedrock', 'converse', 'throttled 10000'], ['aws-bedrock-invoke', 'messages', 'throttled 10000'],
  ] as const)('%s at a limit of %s: %s', async (id, format, expected) => {
    simulator.script([{ when: {}, fault: { kind: 'throttle', retryAfterMs: 7_000 } }]);
    expect(await told(id, format)).toBe(expected);
    simulator.script([]);
  });

  test.each([
    ['openai', 'responses'], ['azure-openai', 'chat'], ['anthropic', 'messages'], ['gemini', 'gemini'], ['vertex', 'gemini'], ['mistral', 'chat'],
    ['aws-bedrock', 'converse'],
  ] as const)('%s does not know a model of %s', async (id, format) => {
    expect(await told(id, format, 'no-such-model')).toBe('not_found next');
  });

  test.each([
    ['openai', 'chat'], ['azure-openai', 'chat'], ['anthropic', 'messages'], ['gemini', 'gemini'], ['vertex', 'messages'], ['aws-bedrock', 'converse'], ['mistral', 'chat'],
  ] as const)('%s has too much to do (%s)', async (id, format) => {
    simulator.script([{ when: {}, fault: { kind: 'status', status: 503 } }]);
    expect(await told(id, format)).toMatch(/^(?:overloaded|unavailable) next$/);
    simulator.script([]);
  });

  test.each([['anthropic', 'messages', 'overloaded next'], ['aws-bedrock', 'converse', 'unavailable next'], ['aws-bedrock-invoke', 'messages', 'unavailable next'], ['gemini', 'gemini', 'overloaded next']] as const)(
    '%s fails in the middle of %s', async (id, format, expected) => {
      simulator.script([{ when: {}, fault: { kind: 'error_in_stream', afterEvents: 3 } }]);
      const { events, headers } = await call(id, { format, stream: true });
      simulator.script([]);
      const outcome = of(id).provider.outcomeOf({ status: 200, headers, body: JSON.parse(dataOf(events.at(-1) ?? Buffer.alloc(0)) ?? 'null'), receivedAt: 0 });
      expect(outcome.kind === 'failed' && `${outcome.failure} ${outcome.tryNext}`).toBe(expected);
    },
  );
});

describe('discovery', () => {
  const discover = (id: string, base: string) => {
    const provider = providers.get(id);
    if (!provider) throw new Error(`no provider ${id}`);
    return discoverModels(provider, { baseUrl: `${simulator.origin}${base}`, credentials: {} }, { transport, authorizer, now: Date.now, signal: new AbortController().signal });
  };

  test('lists what a server of one\'s own has', async () => {
    expect(await discover('ollama', '/local/v1')).toMatchObject({ kind: 'models', names: expect.arrayContaining(['simulator']) });
    expect(await discover('lmstudio', '/local/v1')).toMatchObject({ kind: 'models' });
  });

  test('says why it could not, and does not ask those who have everything', async () => {
    expect(await discover('openai-compatible', '/v1')).toEqual({ kind: 'failed', why: 'the provider refused the credentials of this connection' });
    expect(await discover('openai', '/v1')).toEqual({ kind: 'not_asked' });
  });
});
