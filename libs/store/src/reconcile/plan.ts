/** What must change so that the database says what the file says. Pure; order of rows and of keys means nothing. */
import { digest, type Json, type Kind, type Row, type Rows } from './rows.ts';

export interface Change {
  readonly action: 'created' | 'updated' | 'deleted';
  readonly kind: Kind | 'environment' | 'webhook_endpoint';
  readonly name: string;
  /** As an operator may see them: of credentials and keys only that they differ. Null before a creation, after a deletion. */
  readonly before: Row | null;
  readonly after: Row | null;
}

/** A change, and the row it writes with everything in it. */
export interface Step {
  readonly change: Change;
  readonly kind: Kind;
  readonly row: Row;
}

/** What only an operator or another file declared stays; what this file once declared and no longer does goes. */
export function plan(current: Rows, desired: Rows): readonly Step[] {
  return (['connection', 'priority', 'resource', 'api_key'] as const).flatMap((kind) => {
    const before = new Map(current[kind].map((row) => [row.name, row]));
    const wanted = new Set(desired[kind].map((row) => row.name));
    const gone = current[kind].filter((row) => row['managed'] === true && !wanted.has(row.name));
    return [
      ...gone.map((row) => step('deleted', kind, { before: row, row })),
      ...desired[kind].flatMap((row) => {
        const old = before.get(row.name);
        if (!old) return [step('created', kind, { after: row, row })];
        return same(old, row) ? [] : [step('updated', kind, { before: old, after: row, row })];
      }),
    ];
  });
}

function step(action: Change['action'], kind: Kind, of: { before?: Row; after?: Row; row: Row }): Step {
  const show = (row: Row | undefined) => (row ? shown(row) : null);
  return { kind, row: of.row, change: { action, kind, name: of.row.name, before: show(of.before), after: show(of.after) } };
}

/** Two values, equal whatever the order of their keys: Postgres keeps its own in jsonb. */
export const same = (a: Json, b: Json): boolean => canonical(a) === canonical(b);

export function canonical(value: Json): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner);
}

/** Secrets become a short fingerprint of what is stored: it tells a change from none and leads back to nothing. */
export function shown(row: Row): Row {
  const hidden = ['sealed_credentials', 'hash'].filter((column) => typeof row[column] === 'string');
  return { ...row, ...Object.fromEntries(hidden.map((column) => [column, `#${digest(String(row[column])).slice(0, 8)}`])) };
}
