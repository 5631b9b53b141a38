import type { Limit } from '@sluice/domain';
import { describe, expect, test } from 'vitest';
import { createEnforcer, type Arrival, type Enforcer, type Refusal, type Ticket } from './enforcer.ts';

const perSecond = (dimension: Limit['dimension'], amount: number, model?: string): Limit =>
  ({ dimension, amount, windowMs: 1_000, window: 'sliding', ...(model === undefined ? {} : { model }) });

const arrival = (more: Partial<Arrival> = {}): Arrival => ({
  key: 'sk-a', model: 'm', now: 0, inputTokens: 10, maxOutputTokens: 20, ...more,
});

function admitted(enforcer: Enforcer, more: Partial<Arrival> = {}): Ticket {
  const admission = enforcer.admit(arrival(more));
  if ('refusal' in admission) throw new Error('refused');
  return admission.ticket;
}

function refused(enforcer: Enforcer, more: Partial<Arrival> = {}): Refusal {
  const admission = enforcer.admit(arrival(more));
  if ('ticket' in admission) throw new Error('admitted');
  return admission.refusal;
}

describe('which limits cover a call', () => {
  test('each key has its own ledger', () => {
    const enforcer = createEnforcer([perSecond('requests', 1)], 'as_produced', 0);
    admitted(enforcer, { key: 'sk-a' });
    admitted(enforcer, { key: 'sk-b' });
    expect(refused(enforcer, { key: 'sk-a', now: 300 }).waitMs).toBe(700);
  });

  test('a limit with a model covers the calls of that model alone', () => {
    const enforcer = createEnforcer([perSecond('requests', 1, 'big'), perSecond('requests', 3)], 'as_produced', 0);
    admitted(enforcer, { model: 'big' });
    refused(enforcer, { model: 'big' });
    admitted(enforcer, { model: 'small' });
    admitted(enforcer, { model: 'small' });
    expect(refused(enforcer, { model: 'small' }).limit.model).toBeUndefined();
  });

  test('a call that one limit refuses takes from none', () => {
    const enforcer = createEnforcer([perSecond('requests', 2), perSecond('input_tokens', 15)], 'as_produced', 0);
    admitted(enforcer);
    refused(enforcer);
    refused(enforcer);
    admitted(enforcer, { inputTokens: 5 });
  });

  test('the longest wait of several is the one that is named', () => {
    const enforcer = createEnforcer(
      [{ ...perSecond('requests', 1), windowMs: 9_000 }, perSecond('input_tokens', 15)], 'as_produced', 0,
    );
    admitted(enforcer);
    expect(refused(enforcer)).toMatchObject({ limit: { dimension: 'requests' }, waitMs: 9_000 });
  });

  test('a call larger than its limit never fits', () => {
    const enforcer = createEnforcer([perSecond('total_tokens', 15)], 'maximum_at_admission', 0);
    expect(refused(enforcer)).toMatchObject({ waitMs: null, requested: 30 });
  });
});

describe('when output counts', () => {
  test('the maximum at admission, and the surplus comes back at the end', () => {
    const enforcer = createEnforcer([perSecond('total_tokens', 50)], 'maximum_at_admission', 0);
    const ticket = admitted(enforcer);
    expect(refused(enforcer).waitMs).toBe(1_000);
    ticket.end(5, 100);
    admitted(enforcer, { now: 100 });
  });

  test('as produced: nothing at arrival, all at the end, even above the limit', () => {
    const enforcer = createEnforcer([perSecond('output_tokens', 15)], 'as_produced', 0);
    const tickets = [admitted(enforcer), admitted(enforcer)];
    for (const ticket of tickets) ticket.end(20, 400);
    expect(refused(enforcer, { now: 500 })).toMatchObject({ waitMs: 900, used: 40 });
    admitted(enforcer, { now: 1_400 });
  });

  test('ending twice changes nothing', () => {
    const enforcer = createEnforcer(
      [perSecond('output_tokens', 30), { ...perSecond('concurrency', 2), windowMs: 0 }], 'as_produced', 0,
    );
    const ticket = admitted(enforcer);
    admitted(enforcer);
    ticket.end(20, 10);
    ticket.end(20, 20);
    expect(enforcer.states('sk-a', 'm', 20).map((state) => state.remaining)).toEqual([10, 1]);
  });
});

describe('concurrency', () => {
  test('holds until a call ends', () => {
    const enforcer = createEnforcer([{ ...perSecond('concurrency', 1), windowMs: 0 }], 'as_produced', 0);
    const ticket = admitted(enforcer);
    expect(refused(enforcer).limit.dimension).toBe('concurrency');
    ticket.end(1, 5_000);
    admitted(enforcer, { now: 5_000 });
  });
});

test('limits that change keep what the same limits used', () => {
  const enforcer = createEnforcer([perSecond('requests', 4)], 'as_produced', 0);
  admitted(enforcer);
  admitted(enforcer);
  enforcer.setLimits([perSecond('requests', 2)], 100);
  expect(refused(enforcer, { now: 100 }).waitMs).toBe(900);
  enforcer.setLimits([perSecond('requests', 3)], 200);
  admitted(enforcer, { now: 200 });
});
