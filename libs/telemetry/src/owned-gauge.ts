/** A gauge whose series belong to connections, and go when the connection gets another owner: else two would tell its figures. */
import type { Gauge } from 'prom-client';

export interface OwnedGauge {
  set(connection: string, labels: Readonly<Record<string, string | number>>, value: number): void;
  forget(connection: string): void;
}

export function ownedGauge(gauge: Gauge): OwnedGauge {
  const series = new Map<string, Map<string, Record<string, string | number>>>();
  return {
    set(connection, rest, value) {
      const labels = { connection, ...rest };
      const ofConnection = series.get(connection) ?? new Map<string, typeof labels>();
      ofConnection.set(Object.values(labels).join('\n'), labels);
      series.set(connection, ofConnection);
      gauge.set(labels, value);
    },
    forget(connection) {
      for (const labels of series.get(connection)?.values() ?? []) gauge.remove(labels);
      series.delete(connection);
    },
  };
}
