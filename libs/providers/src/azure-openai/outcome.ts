import { failed, throttled, type Row } from '../outcome-table.ts';

/** Codes are statuses as texts where the gateway refuses, OpenAI's own where the model does. */
export const outcomes: readonly Row[] = [
  { name: 'no deployment', status: 404, code: ['DeploymentNotFound', '404'], verdict: failed('not_found', 'next') },
  { name: 'prompt refused', status: 400, code: ['content_filter', 'ResponsibleAIPolicyViolation'], verdict: failed('content_refused', 'none') },
  { name: 'no capacity', status: 429, code: ['NoCapacity'], verdict: failed('overloaded', 'next') },
  // Each deployment has limits of its own.
  { name: 'limit of a deployment', status: 429, verdict: throttled('model') },
];
