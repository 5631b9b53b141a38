/**
 * Connections of the current snapshot by id, and their credentials opened once each, for as long as the snapshot lives. Keys that
 * callers bring are opened for one call.
 */
import type { Connection, Snapshot } from '@sluice/domain';
import type { Connections } from './tools.ts';

export type OpenCredentials = (connection: Connection) => Readonly<Record<string, string>>;

export function connectionsOf(current: () => Snapshot, openCredentials: OpenCredentials, callersKey: Connections['callersKey']): Connections {
  // Keyed by the immutable values themselves: a new snapshot leaves nothing of the old one behind.
  const indexes = new WeakMap<Snapshot, ReadonlyMap<string, Connection>>();
  const opened = new WeakMap<Connection, Readonly<Record<string, string>>>();

  const index = (snapshot: Snapshot): ReadonlyMap<string, Connection> => {
    const known = indexes.get(snapshot);
    if (known) return known;
    const made = new Map(snapshot.environments.flatMap(({ connections }) => connections.map((one) => [one.id, one] as const)));
    indexes.set(snapshot, made);
    return made;
  };

  return {
    callersKey,
    find: (id) => index(current()).get(id),
    credentials(connection) {
      const known = opened.get(connection);
      if (known) return known;
      const made = openCredentials(connection);
      opened.set(connection, made);
      return made;
    },
  };
}
