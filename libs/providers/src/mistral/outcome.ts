import { failed, throttled, type Row } from '../outcome-table.ts';

/** Codes are numbers in strings; the gateway before the API has only a message. */
export const outcomes: readonly Row[] = [
  { name: 'unknown model', status: 400, code: ['1500'], verdict: failed('not_found', 'next') },
  { name: 'service tier capacity', status: 429, code: ['3505', 'service_tier_capacity_exceeded'], verdict: throttled('model') },
  { name: 'gateway limit', status: 429, verdict: throttled('connection') },
];
