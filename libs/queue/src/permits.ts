/** How a permit is written in Redis, and read again by the next owner. */
import type { Granted, Settlement, StoredPermit } from './ports.ts';

/** `g` granted · `c` claimed · `s<arrivedAt>` sent · `r` withdrawn · `d<settlement>` settled; written by the scripts of lua/permit.ts. */
export function parsePermitState(text: string): StoredPermit['state'] {
  const rest = text.slice(1);
  switch (text[0]) {
    case 'c': return { kind: 'claimed' };
    case 's': return { kind: 'sent', arrivedAt: Number(rest) };
    case 'r': return { kind: 'withdrawn' };
    case 'd': return { kind: 'settled', settlement: JSON.parse(rest) as Settlement };
    default: return { kind: 'granted' };
  }
}

/** As the scripts write it. */
export function writtenState(state: StoredPermit['state']): string {
  switch (state.kind) {
    case 'granted': return 'g';
    case 'claimed': return 'c';
    case 'withdrawn': return 'r';
    case 'sent': return `s${state.arrivedAt}`;
    case 'settled': return `d${JSON.stringify(state.settlement)}`;
    default: return state satisfies never;
  }
}

/** The hash of a connection's permits, as HGETALL gives it. */
export function parsePermits(flat: readonly string[]): StoredPermit[] {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? '', flat[i + 1] ?? '');
  const permits: StoredPermit[] = [];
  for (const [name, text] of fields) {
    if (name.endsWith(':s')) continue;
    permits.push({ granted: JSON.parse(text) as Granted, state: parsePermitState(fields.get(`${name}:s`) ?? 'g') });
  }
  return permits.sort((a, b) => a.granted.g - b.granted.g);
}

/** Unique for each grant: the dispatch job of a withdrawn permit may still be in a worker's hands when the job is granted again. */
export const dispatchId = (granted: Granted): string => `${granted.j}-${granted.a}.${granted.g.toString(36)}`;
