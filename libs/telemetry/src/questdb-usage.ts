/** Usage from QuestDB, over its HTTP endpoint: one read-only statement, whose texts are quoted and whose names are our own. */
import { MOST_USAGE_ROWS, type UsageDimension, type UsageInterval, type UsageQuestion, type UsageRow, type UsageSource } from '@sluice/domain';
import { parseQuestdbUrl } from './questdb-url.ts';

const WITHIN_MS = 15_000;

/** Rejects where QuestDB is away, or has no tables yet. */
export function questdbUsage(url: string): UsageSource {
  const { secure, host, port, user, password } = parseQuestdbUrl(url);
  const headers: Record<string, string> = user === null ? {} : { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
  return {
    name: 'questdb',
    async usage(question) {
      const address = `http${secure ? 's' : ''}://${host}:${port}/exec?${new URLSearchParams({ query: usageStatement(question) })}`;
      const answer = await fetch(address, { headers, signal: AbortSignal.timeout(WITHIN_MS) });
      if (!answer.ok) throw new Error(`QuestDB at ${host}:${port} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
      return rowsOf(question, (await answer.json()) as Answered); // QuestDB's documented shape
    },
  };
}

interface Answered {
  readonly columns: readonly { readonly name: string }[];
  readonly dataset: readonly (readonly unknown[])[];
}

const UNITS: Readonly<Record<UsageInterval, string>> = { minute: 'm', hour: 'h', day: 'd' };

/** The oldest interval first, and within it the most attempts. */
export function usageStatement({ environment, from, to, by, interval }: UsageQuestion): string {
  const at = interval === null ? [] : [`timestamp_floor('${UNITS[interval]}', ts) as begins`];
  return `select ${[...at, ...by].map((column) => `${column}, `).join('')}count() attempts,
    sum(case when outcome = 'completed' then 1 else 0 end) completed,
    sum(tokens_in) tokens_in, sum(tokens_cached) tokens_cached, sum(tokens_out) tokens_out, sum(cost) cost,
    avg(queue_ms) queue_ms, max(queue_ms) queue_ms_max, avg(ttft_ms) ttft_ms, avg(total_ms) total_ms
    from attempts
    where environment = ${quoted(environment)} and ts >= ${timestamp(from)} and ts < ${timestamp(to)}
    order by ${interval === null ? '' : 'begins, '}attempts desc limit ${MOST_USAGE_ROWS}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** Microseconds, as the column counts. */
const timestamp = (at: number): string => `cast(${Math.round(at) * 1_000} as timestamp)`;

function rowsOf({ by }: UsageQuestion, { columns, dataset }: Answered): readonly UsageRow[] {
  const index = new Map(columns.map(({ name }, position) => [name, position]));
  return dataset.map((row) => {
    const value = (name: string): unknown => row[index.get(name) ?? -1];
    const number = (name: string): number => Number(value(name) ?? 0);
    const at = value('begins');
    const cost = value('cost');
    return {
      at: typeof at === 'string' ? Date.parse(at) : null, group: Object.fromEntries(by.map((dimension): [UsageDimension, string] => [dimension, String(value(dimension) ?? '')])),
      attempts: number('attempts'), completed: number('completed'), inputTokens: number('tokens_in'), cachedInputTokens: number('tokens_cached'),
      outputTokens: number('tokens_out'), cost: typeof cost === 'number' ? cost : null, queueMsMean: number('queue_ms'), queueMsMax: number('queue_ms_max'),
      firstByteMsMean: number('ttft_ms'), totalMsMean: number('total_ms'),
    };
  }).filter(({ attempts }) => attempts > 0);
}
