import fc from 'fast-check';
import type { Connection, RouteTarget } from '@sluice/domain';
import { expect, test } from 'vitest';
import { orderRoutes } from './routes.ts';

const connection = (name: string, state: Connection['state'] = 'enabled'): Connection => ({
  id: `con_${name}`, name, provider: 'openai', baseUrl: 'http://127.0.0.1/v1', sealedCredentials: null, limits: [], guardMs: 0, headroom: 'off', slotShare: 50, state,
});
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const target: fc.Arbitrary<RouteTarget> = fc.record({ connection: fc.constantFrom(...NAMES), model: fc.constantFrom('m', 'n'), weight: fc.constantFrom(0, 1, 3) });
const world = fc.record({
  job: fc.string(),
  routes: fc.array(target, { minLength: 1, maxLength: 4 }),
  fallback: fc.array(target, { maxLength: 3 }),
  paused: fc.subarray(NAMES),
  missing: fc.subarray(NAMES, { maxLength: 2 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const connectionsOf = ({ paused, missing }: World) => new Map(
  NAMES.filter((name) => !missing.includes(name)).map((name) => [name, connection(name, paused.includes(name) ? 'paused' : 'enabled')]),
);
const order = (w: World, chosen: RouteTarget | null = null, mayFallBack = true, isCircuitOpen = (_connection: string, _model: string) => false) =>
  orderRoutes({ job: w.job, routes: w.routes, fallback: w.fallback, connections: connectionsOf(w), chosen, mayFallBack, isCircuitOpen });
const nameOf = (route: { readonly model: string; readonly name?: string; readonly connection: string }) => `${route.name ?? route.connection}/${route.model}`;

test('every route that can be used is tried once, those of the resource before the fallback', () => {
  fc.assert(fc.property(world, (w) => {
    const exists = (each: RouteTarget) => connectionsOf(w).has(each.connection);
    const enabled = (each: RouteTarget) => exists(each) && !w.paused.includes(each.connection);
    const usable = [...w.routes, ...w.fallback].some(enabled) ? enabled : exists;
    const given = order(w).map(nameOf);
    const first = new Set(w.routes.filter(usable).map(nameOf));
    expect(new Set(given)).toEqual(new Set([...w.routes, ...w.fallback].filter(usable).map(nameOf)));
    expect(given).toHaveLength(new Set(given).size);
    expect(new Set(given.slice(0, first.size))).toEqual(first);
  }));
});

test('the order depends on the job and the configuration alone', () => {
  fc.assert(fc.property(world, (w) => {
    expect(order(w)).toEqual(order(structuredClone(w)));
  }));
});

test('without fallback there is one route, the first of those there would have been', () => {
  fc.assert(fc.property(world, (w) => {
    expect(order(w, null, false)).toEqual(order(w).slice(0, 1));
  }));
});

test('the chosen route goes first and the others follow; without fallback it is the only one', () => {
  fc.assert(fc.property(world, fc.nat(), (w, pick) => {
    const targets = [...w.routes, ...w.fallback].filter((each) => connectionsOf(w).has(each.connection));
    const chosen = targets[pick % Math.max(1, targets.length)];
    if (!chosen) return;
    if (!w.paused.includes(chosen.connection)) expect(nameOf(order(w, chosen)[0] ?? chosen)).toBe(nameOf(chosen));
    expect(order(w, chosen, false).map(nameOf)).toEqual([nameOf(chosen)]);
  }));
});

test('jobs are drawn to routes in proportion to their weights, and none to a weight of 0', () => {
  const routes = [{ connection: 'a', model: 'm', weight: 1 }, { connection: 'b', model: 'm', weight: 3 }, { connection: 'c', model: 'm', weight: 0 }];
  const drawn = { a: 0, b: 0, c: 0 };
  for (let job = 0; job < 4_000; job++) {
    const [first] = order({ job: `job_${job}`, routes, fallback: [], paused: [], missing: [] });
    drawn[(first?.name ?? 'c') as keyof typeof drawn]++; // a name of the three above
  }
  expect(drawn.c).toBe(0);
  expect(drawn.a / 4_000).toBeCloseTo(0.25, 1);
});

test('routes whose circuit is open go behind the others, and are tried all the same; one that was asked for goes first', () => {
  fc.assert(fc.property(world, fc.subarray(NAMES), (w, open) => {
    const isCircuitOpen = (connection: string) => open.includes(connection.replace('con_', ''));
    const given = order(w, null, true, isCircuitOpen).map(nameOf);
    const broken = given.map((name) => open.includes(name.slice(0, name.indexOf('/'))));
    if (order(w).every(({ name }) => !w.paused.includes(name))) expect(broken).toEqual(broken.toSorted((a, b) => Number(a) - Number(b)));
    expect(new Set(given)).toEqual(new Set(order(w).map(nameOf)));
    const [asked] = w.routes;
    if (asked && connectionsOf(w).get(asked.connection)?.state === 'enabled') expect(nameOf(order(w, asked, true, isCircuitOpen)[0] ?? asked)).toBe(nameOf(asked));
  }));
});
