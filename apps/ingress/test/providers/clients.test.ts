/** Clients of OpenAI's Chat Completions, as they are, with every provider behind the whole running system. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, type System } from '../system.ts';
import { CLIENTS, startClient, type Client, type Started } from './clients.ts';
import { resourceOf, startEveryProvider } from './every-provider.ts';
import { FEATURES, type Feature } from './features.ts';
import { ROWS, type ProviderRow } from './rows.ts';

let system: System;
beforeAll(async () => { system = await startEveryProvider(); });
afterAll(() => system?.stop());

const positive = expect.toSatisfy((count: unknown) => Number(count) > 0, 'more than none') as number;
const ANSWER = { text: expect.stringContaining('Hello') as string, finish: 'stop', input: positive, output: positive };
const callOf = (name: string) => ({ name, arguments: { city: 'simulated' } });
const said = expect.stringMatching(/./) as string;
const BOTH = { calls: [callOf('get_weather'), callOf('get_traffic')], text: said };
/** A picture weighs so many tokens at the simulator: it has arrived. */
const SEEN = expect.toSatisfy((count: unknown) => Number(count) > 85, 'more than a picture') as number;

const EXPECTED: Readonly<Record<Exclude<Feature, 'unknownModel'>, object>> = {
  text: ANSWER,
  stream: { ...ANSWER, pieces: expect.toSatisfy((count: unknown) => Number(count) > 5, 'many') as number },
  tool: { calls: [callOf('get_weather')], text: said },
  tools: BOTH,
  streamedTools: BOTH,
  object: { object: { name: 'simulated', age: 1 } },
  image: { ...ANSWER, input: SEEN },
  embeddings: { dimensions: [positive, positive], begins: [expect.any(Number), expect.any(Number), expect.any(Number)] },
};

/** Of a model that they do not have. */
const SAY_400: readonly string[] = ['mistral', 'aws-bedrock', 'aws-bedrock-invoke'];

const modelFor = (feature: Feature, row: ProviderRow): string =>
  resourceOf(row, feature === 'embeddings' ? 'embeddings' : feature === 'unknownModel' ? 'unknown' : 'chat');

describe.each(CLIENTS)('$name', (client: Client) => {
  let started: Started;
  beforeAll(async () => {
    started = await startClient(client, { baseURL: `${system.url}/v1`, key: KEY });
    if (started.kind === 'missing' && process.env['CI'] === 'true') throw new Error(started.reason);
  }, 200_000);
  afterAll(async () => {
    if (started?.kind === 'started') await started.process.stop();
  });

  describe.each(ROWS)('at $name', (row) => {
    test.for(FEATURES)('%s', async (feature, { skip }) => {
      const missing = row.lacks[feature] ?? (started.kind === 'missing' ? started.reason : undefined);
      if (missing !== undefined || started.kind === 'missing') return skip(missing);
      const order = { scenario: feature, model: modelFor(feature, row) };
      if (feature !== 'unknownModel') return expect(await started.process.result(order)).toEqual(EXPECTED[feature]);
      // A 400 is passed on as the caller's own, whatever it is about; any other is our deployment's error.
      const raised = SAY_400.includes(row.provider) ? { status: 400 } : { name: client.raises, status: 502, code: 'provider_error' };
      return expect(await started.process.error(order)).toMatchObject({ ...raised, message: said });
    });
  });
});
