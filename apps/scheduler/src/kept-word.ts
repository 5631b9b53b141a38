/** What was heard of the provider, kept in Redis for the next owner; and what operators say of its circuits. */
import type { Ownership, SchedulerRole } from '@sluice/queue';
import type { Event, Remembered } from '@sluice/scheduling';

export interface KeptWord {
  /** What earlier owners heard, as an event; nothing when nobody did. */
  load(): Promise<readonly Event[]>;
  /** Writes what changed; false when the lease is lost. */
  save(heard: Remembered): Promise<boolean>;
  /** What operators changed since it was asked last, as events. */
  circuits(): Promise<readonly Event[]>;
}

export function keepWord(role: SchedulerRole, owned: Ownership): KeptWord {
  let saved = '';
  let held: ReadonlyMap<string, 'open' | 'closed'> = new Map();
  return {
    async load() {
      const text = await role.loadHeard(owned.connection);
      if (text === undefined) return [];
      const memory = JSON.parse(text) as Remembered; // our own, versioned
      return memory.v === 1 ? [{ kind: 'remembered', memory }] : [];
    },
    async save(heard) {
      const text = JSON.stringify(heard);
      if (text === saved || (saved === '' && heard.limits.length === 0 && heard.gates.length === 0)) return true;
      saved = text;
      return role.saveHeard(owned, text);
    },
    async circuits() {
      const before = held;
      held = await role.circuits(owned.connection);
      const changed = [...held].filter(([model, to]) => before.get(model) !== to).map(([model, to]): Event => ({ kind: 'circuit', model, to }));
      const freed = [...before.keys()].filter((model) => !held.has(model)).map((model): Event => ({ kind: 'circuit', model, to: 'automatic' }));
      return [...changed, ...freed];
    },
  };
}
