/** One line of an output or error file, as OpenAI writes them. Pure. */
import type { End, EndError } from '@sluice/domain';
import type { EndedLine } from '@sluice/store';
import { errorAnswer } from '../http/error-handler.ts';

export interface ResultLine {
  readonly to: 'output' | 'error';
  readonly text: string;
}

const NOT_RUN = {
  expired: { code: 'batch_expired', message: 'This request could not be executed before the completion window expired.' },
  cancelled: { code: 'batch_cancelled', message: 'This request was not executed because the batch was cancelled.' },
} as const;

export function resultLine({ id, customId, end, status, answer }: EndedLine): ResultLine {
  const head = { id: id.replace('job_', 'batch_req_'), custom_id: customId };
  switch (end.state) {
    // The answer is JSON already, and keeps its bytes.
    case 'completed': return { to: 'output', text: `${opened({ ...head })},"response":{"status_code":${status ?? 200},"request_id":${JSON.stringify(id)},"body":${oneLine(answer)}},"error":null}\n` };
    case 'failed': return { to: 'error', text: failed(head, id, errorOf(end)) };
    case 'expired':
    case 'cancelled': return { to: 'error', text: `${JSON.stringify({ ...head, response: null, error: NOT_RUN[end.state] })}\n` };
    default: return end.state satisfies never;
  }
}

/** An HTTP error stays one: it is the body of a response. */
function failed(head: object, id: string, error: EndError): string {
  const { status, body } = errorAnswer(error, id);
  return `${opened(head)},"response":{"status_code":${status},"request_id":${JSON.stringify(id)},"body":${body}},"error":null}\n`;
}

const opened = (head: object): string => JSON.stringify(head).slice(0, -1);

const errorOf = ({ error }: End): EndError => error ?? { code: 'internal', message: 'internal error', param: null, retryAfterMs: null, provider: null };

/** A provider may lay its JSON out over lines, and may break off in the middle of it: then it is a text. */
function oneLine(answer: Buffer | null): string {
  const text = answer?.toString() ?? 'null';
  const isLine = !text.includes('\n') && !text.includes('\r');
  try {
    const value: unknown = JSON.parse(text);
    // Line ends stand between tokens only: inside a text JSON has them escaped.
    return isLine ? text : text.replace(/[\r\n]+\s*/g, '') || JSON.stringify(value);
  } catch {
    return JSON.stringify(text);
  }
}
