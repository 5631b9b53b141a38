/**
 * Tells of the ledger: once a second to metrics, operators and every ingress, and whenever somebody asks to whoever asks why a job waits.
 * Of one version there is one outlook, whoever it is for.
 */
import type { Logger } from '@sluice/domain';
import type { Ownership, Question, SchedulerRole } from '@sluice/queue';
import { circuitsOf, type Outlook, outlookOf, type State } from '@sluice/scheduling';
import type { SchedulerMetrics } from '@sluice/telemetry';
import type { Desk } from './desk.ts';
import { openPace } from './pace.ts';
import { explained, tellMetrics } from './tell.ts';
import { connectionView } from './view.ts';

/** Answers between two ticks; whoever is not answered takes it that nothing is known. */
const ANSWERS_A_TICK = 50;

export interface TellerOptions {
  readonly role: SchedulerRole;
  readonly owned: Ownership;
  readonly desk: Desk;
  readonly metrics: SchedulerMetrics;
  readonly now: () => number;
  readonly log: Logger;
}

export interface Teller {
  /** Grants were made. */
  count(grants: number): void;
  answer(state: State, question: Question): void;
  /** Once a second. False when the lease was lost. */
  tell(state: State): Promise<boolean>;
}

export function openTeller({ role, owned, desk, metrics, now, log }: TellerOptions): Teller {
  const pace = openPace();
  let outlook: Outlook | undefined;
  /** Also those that an owner before may have told of. */
  let anyOpen = true;
  let answersLeft = ANSWERS_A_TICK;
  const lookAhead = (state: State): Outlook => {
    if (outlook?.version !== state.version) outlook = outlookOf(state, now());
    return outlook;
  };
  const tellCircuits = async (state: State): Promise<void> => {
    const open = circuitsOf(state).filter((one) => one.state === 'open').map(({ model }) => model);
    if (open.length > 0 || anyOpen) await role.tellOpenCircuits(owned.connection, open);
    anyOpen = open.length > 0;
  };
  return {
    count: (grants) => pace.count(grants, now()),
    answer(state, question) {
      if (answersLeft <= 0) return;
      answersLeft -= 1;
      const text = JSON.stringify(explained({ state, outlook: lookAhead(state), now: now() }, question));
      role.answer(owned, { question, text }).catch((error: unknown) => log.debug({ error }, 'a question was not answered'));
    },
    async tell(state) {
      answersLeft = ANSWERS_A_TICK;
      const seen = lookAhead(state);
      const view = connectionView(state, desk, { now: now(), grantsPerSecond: pace.perSecond(now()) });
      tellMetrics(metrics, desk, { state, outlook: seen, now: now() });
      const [isOurs] = await Promise.all([role.publishOutlook(owned, seen), role.publishView(owned.connection, view), tellCircuits(state)]);
      return isOurs;
    },
  };
}
