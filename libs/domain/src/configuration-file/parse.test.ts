import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationFileJsonSchema } from './json-schema.ts';
import { parseConfigurationFile } from './parse.ts';
import type { ConfigurationFile } from './declared.ts';

const WEBHOOK_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const env = { UPSTREAM_KEY: 'up-secret', TEAM_A_KEY: 'sk-team-a-secret', EMPTY: '', HOST: '127.0.0.1:9000', WEBHOOK_SECRET };

const GOOD = `version: 1
environment: default
connections:
  - name: main
    provider: openai-compatible
    base_url: http://\${HOST}/v1/
    credentials: { api_key: "\${UPSTREAM_KEY}" }
    limits:
      - { requests: 600, per: 60s, window: sliding }
      - { total_tokens: 200000, per: 1m, model: gpt-4o-mini, pace: 500ms }
      - { concurrency: 32 }
  - { name: other, provider: openai, credentials: { api_key: "\${NONE:-fallback}", project: p },
      guard: 1s, slot_share: 20, headroom: off }
priorities:
  - { name: urgent, reserved: 50, ceiling: 100, ages_after: 10s }
  - { name: low, reserved: 5, ceiling: 60 }
resources:
  - name: fast
    priority: low
    routes: [{ connection: main, model: "llama3:8b", weight: 2 }]
    fallback: [{ connection: other, model: claude-haiku }]
    max_wait: 4m
    spill_after: 30s
    on_unsupported: drop
  - { name: team/slow-1.0, routes: [{ connection: other, model: gpt-4o }] }
api_keys:
  - { name: team-a, key: "\${TEAM_A_KEY}", resources: [fast], priorities: ["*"], weight: 1 }
  - name: old
    key: sk-\${EMPTY:-old}-$\${literal}
    may_choose_route: true
    loopback_only: true
    enabled: false
    expires_at: "2027-01-31T00:00:00+01:00"
    limits: [{ cost: 0.5, per: 1d, window: fixed }, { requests: 9, per: month, window: bucket, burst: 3 }]
webhooks: { allow: ["https://*.example.com", "http://127.0.0.1:*"], allow_private: true, secret: "\${WEBHOOK_SECRET}", endpoints: [{ name: ops, url: "https://h.example.com/", secret: "\${WEBHOOK_SECRET}" }] }
settings: { strategy: fifo, retention: 7d, capture: none, direct_routing: false, cors_origins: ["https://app.example.com"], provider_keys: true }
`;

function fileOf(text: string): ConfigurationFile {
  const parsed = parseConfigurationFile(text, env);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.file;
}

test('a file that says everything is declared with its units and defaults filled in', () => {
  expect(fileOf(GOOD)).toEqual({
    environment: 'default',
    settings: {
      retentionMs: 604_800_000, capture: 'none', batchPriority: 'low', directRouting: false,
      corsOrigins: ['https://app.example.com'], webhooksAllow: ['https://*.example.com', 'http://127.0.0.1:*'],
      webhooksAllowPrivate: true, providerKeys: true, strategy: 'fifo',
    },
    connections: [
      {
        name: 'main', provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:9000/v1', credentials: { api_key: 'up-secret' },
        limits: [
          { dimension: 'requests', amount: 600, windowMs: 60_000, window: 'sliding' },
          { model: 'gpt-4o-mini', dimension: 'total_tokens', amount: 200_000, windowMs: 60_000, window: 'sliding', paceMs: 500 },
          { dimension: 'concurrency', amount: 32, windowMs: 0, window: 'sliding' },
        ],
        guardMs: 100, headroom: 'adaptive', slotShare: 50,
      },
      {
        name: 'other', provider: 'openai', baseUrl: 'https://api.openai.com/v1',
        credentials: { api_key: 'fallback', project: 'p' }, limits: [], guardMs: 1_000, headroom: 'off', slotShare: 20,
      },
    ],
    priorities: [
      { name: 'urgent', rank: 0, reserved: 50, ceiling: 100, agesAfterMs: 10_000 },
      { name: 'low', rank: 1, reserved: 5, ceiling: 60, agesAfterMs: null },
    ],
    resources: [
      {
        name: 'fast', priority: 'low', routes: [{ connection: 'main', model: 'llama3:8b', weight: 2 }],
        fallback: [{ connection: 'other', model: 'claude-haiku', weight: 1 }],
        maxWaitMs: 240_000, spillAfterMs: 30_000, onUnsupported: 'drop', limits: [],
      },
      {
        name: 'team/slow-1.0', priority: 'urgent', routes: [{ connection: 'other', model: 'gpt-4o', weight: 1 }], fallback: [],
        maxWaitMs: null, spillAfterMs: null, onUnsupported: 'refuse', limits: [],
      },
    ],
    apiKeys: [
      {
        name: 'team-a', key: 'sk-team-a-secret', resources: ['fast'], priorities: ['*'], weight: 1, limits: [],
        mayChooseRoute: false, loopbackOnly: false, enabled: true, expiresAt: null,
      },
      {
        name: 'old', key: 'sk-old-${literal}', resources: ['*'], priorities: ['*'], weight: 1,
        limits: [
          { dimension: 'cost', amount: 0.5, windowMs: 86_400_000, window: 'fixed' },
          { dimension: 'requests', amount: 9, windowMs: 30 * 86_400_000, window: 'bucket', burst: 3 },
        ],
        mayChooseRoute: true, loopbackOnly: true, enabled: false, expiresAt: Date.parse('2027-01-30T23:00:00Z'),
      },
    ],
    webhooks: { secret: WEBHOOK_SECRET, endpoints: [{ name: 'ops', url: 'https://h.example.com/', events: [], secret: WEBHOOK_SECRET }] },
  });
});

test('the smallest file has three priorities and nothing else', () => {
  const file = fileOf('version: 1');
  expect(file.priorities.map(({ name, reserved, agesAfterMs }) => [name, reserved, agesAfterMs]))
    .toEqual([['urgent', 50, 10_000], ['normal', 20, null], ['batch', 5, null]]);
  expect(file.settings.batchPriority).toBe('batch');
  expect([file.connections, file.resources, file.apiKeys]).toEqual([[], [], []]);
});

test('off loopback a request may be a quarter of a second late', () => {
  const guardOf = (url: string) =>
    fileOf(`{ version: 1, connections: [{ name: a, provider: openai, base_url: "${url}" }] }`).connections[0]?.guardMs;
  const urls = ['http://localhost:1/v1', 'http://[::1]:1', 'http://127.9.0.1/', 'https://127.example.com', 'http://10.0.0.1'];
  expect(urls.map(guardOf)).toEqual([100, 100, 100, 250, 250]);
});

/** Each is one thing wrong with the good file: what is replaced, by what, and `line "text found there" path: message`. */
const BAD: readonly (readonly [from: string, to: string, expected: string])[] = [
  ['version: 1', 'version: 2', '1 "2" version: expected 1'],
  ['version: 1\n', '', '1 "environment:" version: is required'],
  [
    '  - name: main\n    provider', '  - nam: main\n    provider',
    '4 "nam:" connections[0].name: is required; 4 "nam:" connections[0].nam: unknown key; '
      + '20 "main" resources[0].routes[0].connection: there is no connection of this name',
  ],
  [
    'provider: openai-compatible', 'provider: open-ai',
    '5 "open-ai" connections[0].provider: expected one of openai, azure-openai, anthropic, gemini, vertex, groq, '
      + 'perplexity, mistral, openrouter, aws-bedrock, aws-bedrock-invoke, ollama, lmstudio, deepseek, xai, openai-compatible',
  ],
  [
    'base_url: http://${HOST}/v1/', 'base_url: 127.0.0.1/v1',
    '6 "127.0.0.1/v1" connections[0].base_url: expected an address such as https://host/v1',
  ],
  [
    'base_url: http://${HOST}/v1/', 'base_url: http://${PORT_OF_MINE}/v1/',
    '6 "${PORT_OF_MINE}/v1/" connections[0].base_url: ${PORT_OF_MINE} is not set in the environment and has no default',
  ],
  [
    'base_url: http://${HOST}/v1/', 'base_url: http://me:pw@host/v1',
    '6 "http://me:pw@host/v1" connections[0].base_url: must not hold a user or password: use credentials',
  ],
  [
    'base_url: http://${HOST}/v1/', 'base_url: http://host/v1?key=1',
    '6 "http://host/v1?key=1" connections[0].base_url: must not hold a query or fragment',
  ],
  ['    base_url: http://${HOST}/v1/\n', '', '4 "name:" connections[0].base_url: is required for openai-compatible'],
  [
    '"${UPSTREAM_KEY}"', '"${constructor}"',
    '7 "${constructor}"" connections[0].credentials.api_key: ${constructor} is not set in the environment and has '
      + 'no default',
  ],
  [
    '"${UPSTREAM_KEY}"', '"${EMPTY}"',
    '7 ""${EMPTY}"" connections[0].credentials.api_key: expected printable characters without spaces or line ends',
  ],
  [
    '"${UPSTREAM_KEY}"', '"${1BAD}"',
    '7 "${1BAD}"" connections[0].credentials.api_key: not a reference: write ${NAME} or ${NAME:-default}, or $${ '
      + 'for a literal ${',
  ],
  [
    '"${UPSTREAM_KEY}"', '1234',
    '7 "1234" connections[0].credentials.api_key: expected text (quote it if it looks like a number)',
  ],
  ['requests: 600,', 'requests: 0.5,', '9 "0.5" connections[0].limits[0].requests: expected a whole number'],
  ['requests: 600,', 'requests: 0,', '9 "0" connections[0].limits[0].requests: must be at least 1'],
  [
    'requests: 600,', 'requests: 600, concurrency: 3,',
    '9 "{" connections[0].limits[0]: a limit has exactly one of requests, input_tokens, output_tokens, '
      + 'total_tokens, concurrency, cost; this has requests and concurrency',
  ],
  [
    'requests: 600,', '',
    '9 "{" connections[0].limits[0]: a limit has exactly one of requests, input_tokens, output_tokens, '
      + 'total_tokens, concurrency, cost; this has none',
  ],
  ['requests: 600, per: 60s,', 'requests: 600,', '9 "{" connections[0].limits[0].per: is required with requests'],
  ['per: 60s', 'per: 60', '9 "60" connections[0].limits[0].per: expected text (quote it if it looks like a number)'],
  ['per: 60s', 'per: 60 s', '9 "60" connections[0].limits[0].per: expected a duration such as 500ms, 60s, 4m, 12h or 30d, or month or lifetime'],
  ['per: 60s', 'per: 0s', '9 "0s" connections[0].limits[0].per: must be longer than 0'],
  ['window: sliding', 'window: rolling', '9 "rolling" connections[0].limits[0].window: expected one of sliding, fixed, bucket'],
  ['window: sliding', 'window: sliding, burst: 5', '9 "5" connections[0].limits[0].burst: means something with window: bucket alone'],
  ['pace: 500ms', 'pace: 2m', '10 "2m" connections[0].limits[1].pace: must not be longer than per'],
  ['concurrency: 32', 'concurrency: 32, per: 1s', '11 "1s" connections[0].limits[2].per: concurrency has no window'],
  [
    'name: other', 'name: main',
    '12 "main" connections[1].name: the same name as connections[0]; 21 "other" '
      + 'resources[0].fallback[0].connection: there is no connection of this name; 25 "other" '
      + 'resources[1].routes[0].connection: there is no connection of this name',
  ],
  ['guard: 1s', 'guard: soon', '13 "soon" connections[1].guard: expected a duration such as 500ms, 60s, 4m, 12h or 30d'],
  ['slot_share: 20', 'slot_share: 120', '13 "120" connections[1].slot_share: must be at most 100'],
  ['headroom: off', 'headroom: none', '13 "none" connections[1].headroom: expected one of adaptive, strict, off'],
  ['reserved: 50, ', 'reserved: 96, ', '15 "-" priorities: the reserved percentages add up to 101, more than 100'],
  ['ceiling: 60', 'ceiling: 4', '16 "4" priorities[1].ceiling: 4 is less than reserved (5)'],
  [
    'name: urgent', 'name: "urgent:1"',
    '15 ""urgent:1"" priorities[0].name: expected 1 to 100 of the characters A-Z a-z 0-9 . _ / -',
  ],
  ['name: urgent', 'name: low~1', '15 "low~1" priorities[0].name: expected 1 to 100 of the characters A-Z a-z 0-9 . _ / -'],
  ['    priority: low\n', '    priority: high\n', '19 "high" resources[0].priority: there is no priority of this name'],
  [
    'connection: main, model', 'connection: mian, model',
    '20 "mian" resources[0].routes[0].connection: there is no connection of this name',
  ],
  [
    'routes: [{ connection: main, model: "llama3:8b", weight: 2 }]', 'routes: []',
    '20 "[]" resources[0].routes: needs at least one entry',
  ],
  ['weight: 2', 'weight: 0', '20 "0" resources[0].routes[0].weight: must be greater than 0'],
  [
    'connection: other, model: claude-haiku', 'connection: other, model: claude-haiku, weight: 1',
    '21 "weight:" resources[0].fallback[0].weight: unknown key',
  ],
  ['max_wait: 4m', 'max_wait:', '22 "max_wait:" resources[0].max_wait: is empty'],
  ['on_unsupported: drop', 'on_unsupported: ignore', '24 "ignore" resources[0].on_unsupported: expected one of refuse, drop'],
  ['resources: [fast]', 'resources: [fats]', '27 "fats]" api_keys[0].resources[0]: there is no resource of this name'],
  ['priorities: ["*"]', 'priorities: ["*", nomal]', '27 "nomal]" api_keys[0].priorities[1]: there is no priority of this name'],
  ['key: sk-${EMPTY:-old}-$${literal}', 'key: ${TEAM_A_KEY}', '29 "${TEAM_A_KEY}" api_keys[1].key: the same key as api_keys[0]'],
  [
    'key: sk-${EMPTY:-old}-$${literal}', 'key: short',
    '29 "short" api_keys[1].key: expected 8 to 500 printable characters without spaces',
  ],
  ['enabled: false', 'enabled: no', '32 "no" api_keys[1].enabled: expected true or false'],
  [
    '"2027-01-31T00:00:00+01:00"', '2027-01-31',
    '33 "2027-01-31" api_keys[1].expires_at: expected a time such as 2027-01-31T00:00:00Z',
  ],
  [
    '"https://*.example.com"', 'example.com',
    '35 "example.com" webhooks.allow[0]: expected scheme://host[:port], where * is any run of characters',
  ],
  ['secret: "${WEBHOOK_SECRET}", endpoints', 'secret: whsec_x, endpoints', '35 "whsec_x" webhooks.secret: expected whsec_ and 24 to 64 bytes in base64'],
  ['url: "https://h.example.com/"', 'url: "https://h.example.com:25/"', '35 ""https://h.example.com:25/"" webhooks.endpoints[0].url: the address: ports below 1024 other than 80 and 443 are not allowed'],
  ['allow_private: true', 'allow_private: yes please', '35 "yes" webhooks.allow_private: expected true or false'],
  [
    'retention: 7d', 'retention: 7d, batch_priority: bulk',
    '36 "bulk" settings.batch_priority: there is no priority of this name',
  ],
  ['retention: 7d', 'retention: -7d', '36 "-7d" settings.retention: expected a duration such as 500ms, 60s, 4m, 12h or 30d'],
  ['webhooks:', 'webhook:', '35 "webhook:" webhook: unknown key'],
  ['settings: {', 'settings: [', '36 "}" : Flow sequence in block collection must be sufficiently indented and end with a ]'],
];

test.each(BAD)('%j replaced by %j is told by line and column', (from, to, expected) => {
  expect(GOOD).toContain(from);
  const text = GOOD.replace(from, () => to);
  const parsed = parseConfigurationFile(text, env);
  const said = parsed.ok ? [] : parsed.problems.map(({ line, column, path, message }) =>
    `${line} "${/^[^ ,]*/.exec(text.split('\n')[line - 1]?.slice(column - 1) ?? '')?.[0]}" ${path}: ${message}`);
  expect(said.join('; ')).toBe(expected);
});

test('everything that is wrong is told at once, in the order of the file', () => {
  const parsed = parseConfigurationFile(`version: 1
connections:
  - { name: a, provider: openai, retries: 3, limits: [{ requests: many, per: 1s }] }
resources:
  - { name: r, routes: [{ connection: b, model: "\${MODEL}" }] }
`, {});
  expect(parsed.ok ? [] : parsed.problems).toEqual([
    { line: 3, column: 34, path: 'connections[0].retries', message: 'unknown key' },
    { line: 3, column: 67, path: 'connections[0].limits[0].requests', message: 'expected a number' },
    { line: 5, column: 39, path: 'resources[0].routes[0].connection', message: 'there is no connection of this name' },
    {
      line: 5, column: 50, path: 'resources[0].routes[0].model',
      message: '${MODEL} is not set in the environment and has no default',
    },
  ]);
});

/** Eight lists, each of nine aliases of the one before: forty million entries, if it were followed. */
const nineOf = (name: string | undefined) => `*${name}, `.repeat(9);
const MULTIPLYING = ['a: &a [x]', ...[...'bcdefghi'].map((name, index) => `${name}: &${name} [${nineOf('abcdefgh'[index])}]`)];

test.each([
  ['', 'is required'], ['- a\n- b', 'expected keys and values'], ['just text', 'expected keys and values'],
  ['a: [', 'Flow'], ['a: 1\na: 2', 'Map keys must be unique'], ['a: *nowhere', 'has no anchor'],
  ['a: !secret b', 'Unresolved tag'], ['credentials: { key: ${X} }', 'quote a value that holds ${…}'],
  ['['.repeat(200_000), 'nested deeper than 100'], [`- ${'- '.repeat(20_000)}`, 'nested deeper than 100'],
  ['x'.repeat(1_000_001), 'longer than 1000000 characters'],
  [MULTIPLYING.join('\n'), 'or there are too many'],
])('%# a text that is no such file is refused with a line and a reason', (text, reason) => {
  const parsed = parseConfigurationFile(text, {});
  if (parsed.ok) throw new Error('accepted');
  expect(parsed.problems.map(({ message }) => message).join('; ')).toContain(reason);
  for (const { line, column } of parsed.problems) expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
});

test('what the environment holds is put in as it is, and never shown', () => {
  const odd = { UPSTREAM_KEY: 'a"b:${TEAM_A_KEY}', TEAM_A_KEY: 'has a space in its secret', WEBHOOK_SECRET };
  const parsed = parseConfigurationFile(GOOD.replace('${HOST}', 'h'), odd);
  if (parsed.ok) throw new Error('accepted');
  expect(parsed.problems.map(({ path }) => path)).toEqual(['api_keys[0].key']);
  expect(JSON.stringify(parsed.problems)).not.toContain('secret');
  const key = fileOf(GOOD).connections[0]?.credentials['api_key'];
  expect(key).toBe('up-secret');
});

test('the example in the repository is a good file', () => {
  const text = readFileSync(new URL('../../../../sluice.example.yaml', import.meta.url), 'utf8');
  expect(parseConfigurationFile(text, {})).toMatchObject({ ok: true, file: { environment: 'default' } });
});

test('the published JSON Schema is the one of this code (vitest -u writes it)', async () => {
  const schema = `${JSON.stringify(configurationFileJsonSchema(), null, 2)}\n`;
  await expect(schema).toMatchFileSnapshot('../../../../docs/sluice.schema.json');
});
