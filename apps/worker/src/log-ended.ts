/** One line for each ended attempt: ids, codes and times. Never what was asked, answered or said by the provider. */
import type { Logger, Next } from '@sluice/domain';
import type { EndedAttempt } from '@sluice/queue';

export function logEnded(log: Logger, { record, settlement }: EndedAttempt, next: Next): void {
  const fields = {
    job: record.job,
    attempt: record.attempt,
    connection: record.connection,
    model: record.model,
    outcome: record.outcome,
    code: record.errorCode,
    status: record.httpStatus,
    upstreamRequestId: record.upstreamRequestId,
    queueMs: record.grantedAt - record.queuedAt,
    firstByteMs: record.sentAt === null || record.firstByteAt === null ? null : record.firstByteAt - record.sentAt,
    totalMs: record.sentAt === null ? null : record.endedAt - record.sentAt,
    inputTokens: record.inputTokens,
    outputTokens: record.outputTokens,
    sent: settlement.kind === 'sent',
    next: next.kind === 'finish' ? next.state : `route ${next.route}`,
  };
  if (record.outcome === 'completed') log.debug(fields, 'attempt ended');
  else if (record.outcome === 'failed' || record.outcome === 'lost') log.warn(fields, 'attempt ended');
  else log.info(fields, 'attempt ended');
}
