/** Learns tokens per byte and lengths of answers from settled calls, and saves what is new for every ingress to read. */
import type { Learned } from '@sluice/domain';
import type { Granted, SchedulerRole, Settlement } from '@sluice/queue';
import { learn } from '@sluice/scheduling';

export interface Learner {
  learn(granted: Granted, settlement: Settlement): void;
  save(): Promise<void>;
}

export async function openLearner(role: SchedulerRole): Promise<Learner> {
  const learned = new Map<string, Learned>(await role.loadLearned());
  const fresh = new Map<string, { connection: string; model: string }>();
  return {
    learn({ c: connection, m: model, n: bodyBytes }, settlement) {
      if (settlement.kind === 'unsent' || settlement.inputTokens === null) return;
      const name = `${connection}|${model}`;
      const { inputTokens, outputTokens } = settlement;
      learned.set(name, learn(learned.get(name), { bodyBytes, inputTokens, outputTokens }));
      fresh.set(name, { connection, model });
    },
    async save() {
      const entries = [...fresh].map(([name, route]) => ({ ...route, learned: learned.get(name) as Learned })); // set with it above
      fresh.clear();
      await role.saveLearned(entries);
    },
  };
}
