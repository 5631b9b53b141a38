/** Asks the servers of one's own, those whose models nobody can know, which they have: at the start and each minute. */
import type { Connection, Logger, Part, Snapshot } from '@sluice/domain';
import { discoverModels, providers, type Authorizer, type Transport } from '@sluice/providers';
import type { Discovered } from '@sluice/queue';
import type { Connections } from './tools.ts';

/** Often enough that a turn which another process had is taken over soon. */
const LOOK_EVERY_MS = 15_000;

export interface DiscoveryOptions {
  readonly snapshot: () => Snapshot;
  readonly connections: Pick<Connections, 'credentials'>;
  readonly discovered: Discovered;
  readonly transport: Transport;
  readonly authorizer: Authorizer;
  readonly now: () => number;
  readonly log: Logger;
}

export function startDiscovery({ snapshot, connections, discovered, log, ...asking }: DiscoveryOptions): Part {
  const stopping = new AbortController();
  const ask = async (connection: Connection): Promise<void> => {
    const provider = providers.get(connection.provider);
    if (!provider?.lists || stopping.signal.aborted || !await discovered.mayAsk(connection.id)) return;
    const place = { baseUrl: connection.baseUrl, credentials: connections.credentials(connection) };
    const answer = await discoverModels(provider, place, { ...asking, signal: stopping.signal });
    if (answer.kind === 'models') await discovered.found(connection.id, answer.names);
    if (answer.kind === 'failed') log.info({ connection: connection.name, why: answer.why }, 'a server does not list its models');
  };
  const look = async (): Promise<void> => {
    const all = snapshot().environments.flatMap((environment) => environment.connections).filter(({ state }) => state === 'enabled');
    const asked = await Promise.allSettled(all.map(ask));
    const failed = asked.find((one) => one.status === 'rejected');
    if (failed) log.warn({ error: failed.reason as unknown }, 'models could not be looked for; tried again in a minute');
  };
  let running = look();
  const timer = setInterval(() => { running = running.then(look); }, LOOK_EVERY_MS);
  return {
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await running;
    },
  };
}
