/**
 * The demo: a configuration made for whoever has none yet, as the same text a `sluice.yaml` would hold. Provider keys of the
 * environment become its connections; with none, two accounts of the simulator do, of which one speaks Chat Completions and one Messages.
 */

export interface Demo {
  readonly text: string;
  /** Does it need the simulator? */
  readonly simulated: boolean;
  /** One sentence for the screen. */
  readonly how: string;
}

export const DEMO_KEY = 'sk-sluice-demo';
/** The simulator's own limits; the demo's connections declare the same. Each of its API keys is an account of its own. */
export const SIMULATOR_LIMITS = 'requests=600/60s,total_tokens=200000/60s';

interface Offer {
  readonly variable: string;
  readonly provider: string;
  readonly fast: string;
  readonly smart: string;
}

/** In the order of preference for `fast`. */
const OFFERS: readonly Offer[] = [
  { variable: 'OPENAI_API_KEY', provider: 'openai', fast: 'gpt-4o-mini', smart: 'gpt-4o' },
  { variable: 'ANTHROPIC_API_KEY', provider: 'anthropic', fast: 'claude-haiku-4-5', smart: 'claude-sonnet-4-6' },
  { variable: 'GROQ_API_KEY', provider: 'groq', fast: 'llama-3.1-8b-instant', smart: 'llama-3.3-70b-versatile' },
  { variable: 'MISTRAL_API_KEY', provider: 'mistral', fast: 'mistral-small-latest', smart: 'mistral-large-latest' },
  { variable: 'OPENROUTER_API_KEY', provider: 'openrouter', fast: 'openai/gpt-4o-mini', smart: 'openai/gpt-4o' },
];

interface Place {
  readonly connection: string;
  readonly fast: string;
  readonly smart: string;
}

interface Simulated extends Place {
  readonly provider: string;
}

/** The second speaks another format: what falls back to it is converted on its way, and back. */
const SIMULATED: readonly Simulated[] = [
  { connection: 'simulator', provider: 'openai-compatible', fast: 'gpt-4o-mini', smart: 'gpt-4o' },
  { connection: 'simulator-2', provider: 'anthropic', fast: 'claude-haiku-4-5', smart: 'claude-sonnet-4-6' },
];

/** `simulatorUrl` is the base URL the simulated connections get. */
export function makeDemo(env: NodeJS.ProcessEnv, simulatorUrl: string): Demo {
  const offers = OFFERS.filter(({ variable }) => env[variable]);
  if (offers.length === 0) {
    return {
      text: fileOf(SIMULATED.map((one) => simulated(one, simulatorUrl)), SIMULATED),
      simulated: true,
      how: `the demo on the provider simulator: none of ${OFFERS.map(({ variable }) => variable).join(', ')} is set`,
    };
  }
  const places = offers.map(({ provider, fast, smart }) => ({ connection: provider, fast, smart }));
  return {
    text: fileOf(offers.map(real), places),
    simulated: false,
    how: `the demo, with ${offers.map(({ variable }) => variable).join(', ')}`,
  };
}

const simulated = ({ connection, provider }: Simulated, url: string): string => `
  - name: ${connection}
    provider: ${provider}
    base_url: ${url}
    credentials: { api_key: sk-${connection} }
    limits:
      - { requests: 600, per: 60s, window: sliding }
      - { total_tokens: 200000, per: 60s, window: sliding }`;

/** Its limits are learned from the provider's headers and refusals. */
const real = ({ variable, provider }: Offer): string => `
  - name: ${provider}
    provider: ${provider}
    credentials: { api_key: "\${${variable}}" }`;

function fileOf(connections: readonly string[], places: readonly Place[]): string {
  const [first, second = first] = places;
  if (!first || !second) throw new Error('a demo needs a connection');
  const fallback = second === first ? '' : `\n    fallback: [{ connection: ${second.connection}, model: ${second.smart} }]`;
  return `version: 1
connections:${connections.join('')}
priorities:
  - { name: urgent, reserved: 50, ceiling: 100, ages_after: 10s }
  - { name: normal, reserved: 20, ceiling: 100 }
  - { name: batch, reserved: 5, ceiling: 100 }
resources:
  - name: fast
    priority: normal
    routes: [{ connection: ${first.connection}, model: ${first.fast} }]
  - name: smart
    priority: normal
    routes: [{ connection: ${first.connection}, model: ${first.smart} }]${fallback}
api_keys:
  - { name: demo, key: ${DEMO_KEY}, loopback_only: true }
`;
}
