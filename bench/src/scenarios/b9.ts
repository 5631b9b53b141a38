/** B9: the provider says "not before": is it left alone until then? */
import { overload } from './overload.ts';
import type { Scenario } from './scenario.ts';

const SECONDS = 120;
const RETRY_AFTER_MS = 30_000;
const PER_SECOND = 20;
/** Calls that were under way when the first refusal was answered. */
const UNDER_WAY_MS = 500;

export const b9: Scenario = {
  question: `B9: every call refused with Retry-After ${RETRY_AFTER_MS / 1000} s for a while: how many are sent inside the closed time?`,
  async run(bench) {
    const seconds = bench.options.seconds ?? SECONDS;
    const stormFromMs = (seconds * 1000) / 4;
    const { summary, report, arrivals } = await overload(bench, {
      provider: {
        limits: [{ dimension: 'requests', amount: 1_000_000, windowMs: 60_000, window: 'sliding' }], latencyMs: 50,
        script: [{ when: { fromMs: stormFromMs, toMs: stormFromMs + RETRY_AFTER_MS }, fault: { kind: 'throttle', retryAfterMs: RETRY_AFTER_MS } }],
      },
      perSecond: PER_SECOND, seconds, bodies: { kind: 'bytes', bytes: 500, outputTokens: 20 },
    }, async (provider, result) => ({ ...result, arrivals: await provider.arrivals() }));
    const first = arrivals.find(({ outcome }) => outcome === 'faulted')?.at ?? Number.NaN;
    const underWay = arrivals.filter(({ at, outcome }) => outcome === 'faulted' && at > first && at <= first + UNDER_WAY_MS).length;
    const inside = arrivals.filter(({ at }) => at > first + UNDER_WAY_MS && at < first + RETRY_AFTER_MS).length;
    const pause = Math.min(...arrivals.filter(({ at }) => at >= first + RETRY_AFTER_MS).map(({ at }) => at)) - first;
    return {
      table: {
        title: `${b9.question} ${seconds} s at ${PER_SECOND}/s`,
        columns: ['', 'inside the closed time', 'under way at its beginning', 'first after it, s', 'answered'],
        rows: [['sluice', String(inside), String(underWay), (pause / 1000).toFixed(2), `${summary.answered} of ${summary.calls}`]],
        notes: [`By the simulator's own log. None may be sent inside; those within ${UNDER_WAY_MS / 1000} s of the first refusal were under way. Clients wait up to 30 s.`],
      },
      figures: { summary, report, inside, underWay, pauseMs: pause },
    };
  },
};
