/** How a limit is called in reports: `requests 600/60s sliding`, `gpt-4o: total_tokens 200000/60s bucket, paced 100ms`. */
import type { Limit } from '@sluice/domain';

export function limitName(limit: Limit): string {
  const model = limit.model === undefined ? '' : `${limit.model}: `;
  if (limit.dimension === 'concurrency') return `${model}concurrency ${limit.amount}`;
  const pace = limit.paceMs === undefined ? '' : `, paced ${span(limit.paceMs)}`;
  return `${model}${limit.dimension} ${limit.amount}/${span(limit.windowMs)} ${limit.window}${pace}`;
}

const span = (ms: number): string => (ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`);
