/** A system with a connection to every provider, all of them played by one simulator that knows their keys. */
import type { SimulatorOptions } from '@sluice/testkit';
import { KEY, startSystem, type System } from '../system.ts';
import { AWS_KEY, KEYS, ROWS, type ProviderRow } from './rows.ts';

/** What a resource is for, and the model that it leads to; `chat` has the row's own name. */
type Uses = Readonly<Record<string, string>>;

/** The simulator refuses it. */
const NO_MODEL = 'no-such-model';

export const resourceOf = ({ name }: ProviderRow, use: string): string => (use === 'chat' ? name : `${name}-${use}`);

const PLAYED: SimulatorOptions = { limits: [], latencyMs: 0, chunkEveryMs: 0, keepBodies: 200, keys: KEYS, awsKeys: { [AWS_KEY.id]: { secret: AWS_KEY.secret } } };

const connection = ({ name, provider, path, credentials }: ProviderRow): string => [
  `  - name: ${name}`, `    provider: ${provider}`, `    base_url: "\${ORIGIN_0}${path}"`,
  `    credentials: ${JSON.stringify(credentials)}`, '    limits: [{ requests: 100000, per: 60s }]',
].join('\n');

const usesOf = ({ model, embeddingModel }: ProviderRow): Uses =>
  ({ chat: model, unknown: NO_MODEL, ...(embeddingModel === null ? {} : { embeddings: embeddingModel }) });

const resources = (row: ProviderRow, uses: Uses): string =>
  Object.entries(uses).map(([use, model]) => `  - { name: ${resourceOf(row, use)}, routes: [{ connection: ${row.name}, model: "${model}" }] }`).join('\n');

/** `more`: what each row's resources are besides. */
export function startEveryProvider(more: (row: ProviderRow) => Uses = () => ({})): Promise<System> {
  const configuration = `version: 1
connections:
${ROWS.map(connection).join('\n')}
priorities: [{ name: normal, reserved: 50, ceiling: 100 }]
resources:
${ROWS.map((row) => resources(row, { ...usesOf(row), ...more(row) })).join('\n')}
api_keys: [{ name: test, key: ${KEY}, resources: ["*"], priorities: ["*"] }]
settings: { direct_routing: true, capture: metadata }
`;
  return startSystem({ configuration, simulators: [PLAYED] });
}
