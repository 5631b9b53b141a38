/** What operators may do, by role. A role is given for one environment or for all of them; what belongs to no environment
 *  (users, the environments themselves) is for those who have it for all. */
import { permits, type Statement, type Wish } from './policy.ts';

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface Assignment {
  readonly role: Role;
  /** Id; null: all environments, and what belongs to none. */
  readonly environment: string | null;
}

/** One who has signed in, or whose token was presented. */
export interface Operator {
  readonly id: string;
  readonly name: string;
  readonly assignments: readonly Assignment[];
}

const ACTIONS: Readonly<Record<Role, readonly string[]>> = {
  viewer: ['*:read'],
  operator: [
    '*:read', 'connections:pause', 'connections:resume', 'connections:drain', 'connections:circuit', 'jobs:cancel', 'batches:cancel',
    'deliveries:redeliver', 'endpoints:test',
  ],
  admin: ['*'],
};

/** What is nobody else's: an operator's own session and tokens. */
const OWN: Statement = { effect: 'allow', actions: ['*'], resources: ['own/*'] };
/** Only those who may change users learn who they are. */
const PRIVATE: Statement = { effect: 'deny', actions: ['users:*'], resources: ['*'] };

export function statementsOf(assignments: readonly Assignment[]): readonly Statement[] {
  const isRoot = assignments.some(({ role, environment }) => role === 'admin' && environment === null);
  return [
    OWN,
    ...(isRoot ? [] : [PRIVATE]),
    ...assignments.map(({ role, environment }): Statement => ({
      effect: 'allow', actions: ACTIONS[role], resources: environment === null ? ['environment/*', 'installation/*'] : [`environment/${environment}/*`],
    })),
  ];
}

export const mayDo = ({ assignments }: Pick<Operator, 'assignments'>, wish: Wish): boolean => permits(statementsOf(assignments), wish);

/** Does the operator have any role there? To the others an environment does not exist. */
export const mayEnter = ({ assignments }: Pick<Operator, 'assignments'>, environment: string): boolean =>
  assignments.some((assignment) => assignment.environment === null || assignment.environment === environment);
