/** Every route of the admin API. What is not here is not served, and not described. */
import type { AdminRoute } from '../route.ts';
import { connectionRoutes } from './connections.ts';
import { installationRoutes } from './installation.ts';
import { jobRoutes } from './jobs.ts';
import { keyRoutes } from './keys.ts';
import { policyRoutes } from './policy.ts';
import { queueRoutes } from './queues.ts';
import { recordRoutes } from './records.ts';
import { sessionRoutes } from './session.ts';
import { userRoutes } from './users.ts';
import { webhookRoutes } from './webhooks.ts';

/** `live` is made for each process. */
export const adminRoutes = (live: AdminRoute): readonly AdminRoute[] => [
  ...sessionRoutes, live, ...queueRoutes, ...connectionRoutes, ...policyRoutes, ...jobRoutes, ...keyRoutes, ...webhookRoutes, ...recordRoutes, ...installationRoutes,
  ...userRoutes,
];
