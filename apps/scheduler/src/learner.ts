/** Learns tokens per byte and lengths of answers from settled calls, and saves what is new for every ingress to read. */
import type { Learned } from '@sluice/domain';
import type { Granted, SchedulerRole, Settlement } from '@sluice/queue';
import { learn } from '@sluice/scheduling';

export interface Learner {
  /** What is believed of the route after it; undefined: it taught nothing. */
  learn(granted: Granted, settlement: Settlement): Learned | undefined;
  /** What is believed of the models of a connection. */
  of(connection: string): ReadonlyMap<string, Learned>;
  save(): Promise<void>;
}

export async function openLearner(role: SchedulerRole): Promise<Learner> {
  const learned = new Map<string, Learned>(await role.loadLearned());
  const fresh = new Map<string, { connection: string; model: string }>();
  return {
    learn({ c: connection, m: model, n: bodyBytes }, settlement) {
      if (settlement.kind === 'unsent') return undefined;
      const { inputTokens, outputTokens } = settlement;
      if (inputTokens === null && outputTokens === null) return undefined;
      const name = `${connection}|${model}`;
      const believed = learn(learned.get(name), { bodyBytes, inputTokens, outputTokens });
      learned.set(name, believed);
      fresh.set(name, { connection, model });
      return believed;
    },
    of(connection) {
      const prefix = `${connection}|`;
      return new Map([...learned].filter(([name]) => name.startsWith(prefix)).map(([name, one]) => [name.slice(prefix.length), one]));
    },
    async save() {
      const entries = [...fresh].map(([name, route]) => ({ ...route, learned: learned.get(name) as Learned })); // set with it above
      fresh.clear();
      await role.saveLearned(entries);
    },
  };
}
