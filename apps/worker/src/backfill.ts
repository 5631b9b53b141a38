/**
 * Fills metrics in from the audit, for times the metrics' drain skipped because their store was away too long. A time is
 * tried again until it is filled in whole; repeating is harmless, the tables tell duplicates apart.
 */
import type { Logger, MetricSink, Part } from '@sluice/domain';
import type { Store } from '@sluice/store';

export interface Backfill extends Part {
  /** Epoch ms, `to` included. */
  add(from: number, to: number): void;
}

export interface BackfillOptions {
  readonly store: Pick<Store, 'attemptsBetween'>;
  readonly sink: MetricSink;
  readonly log: Logger;
  readonly retryMs?: number;
}

/** The audit's own drain may still be behind: what it has not written yet is found by another look. */
const SETTLED_AFTER_MS = 60_000;
/** A record enters the journal a little after its attempt ended: the skipped time begins earlier by the clock of attempts. */
const MARGIN_MS = 60_000;

export function startBackfill({ store, sink, log, retryMs = 30_000 }: BackfillOptions): Backfill {
  const missing: { readonly from: number; readonly to: number; readonly sinceMs: number }[] = [];
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;

  async function fill(): Promise<void> {
    for (let range = missing[0]; range && !stopped.signal.aborted; range = missing[0]) {
      let rows = 0;
      for await (const page of store.attemptsBetween(range.from - MARGIN_MS, range.to + 1)) {
        await sink.write(page, stopped.signal);
        rows += page.length;
      }
      if (performance.now() - range.sinceMs < SETTLED_AFTER_MS) return later();
      missing.shift();
      log.info({ from: range.from, to: range.to, rows }, 'metrics filled in from the audit');
    }
  }

  function later(): void {
    if (stopped.signal.aborted || missing.length === 0) return;
    clearTimeout(timer);
    timer = setTimeout(attempt, retryMs);
  }

  function attempt(): void {
    working ??= fill()
      .catch((error: unknown) => {
        log.warn({ error, ranges: missing.length }, 'metrics cannot be filled in yet');
        later();
      })
      .finally(() => {
        working = undefined;
      });
  }

  return {
    add(from, to) {
      missing.push({ from, to, sinceMs: performance.now() });
      log.warn({ from, to }, 'metrics lag too far behind: skipped, to be filled in from the audit');
      later();
    },
    async stop() {
      stopped.abort(new Error('the worker stops'));
      clearTimeout(timer);
      await working;
    },
  };
}
