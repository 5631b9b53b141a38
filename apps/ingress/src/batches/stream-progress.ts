/** The progress of a batch as server-sent events: the batch whenever it has changed, until its last status. */
import type { ServerResponse } from 'node:http';
import type { Batch } from '@sluice/domain';
import type { ShowBatch } from './shown-batch.ts';

export interface Progress {
  readonly first: Batch;
  readonly look: () => Promise<Batch>;
  readonly show: ShowBatch;
  readonly isLast: (batch: Batch) => boolean;
}

const LOOK_EVERY_MS = 1_000;
/** Proxies close what is silent for long. */
const COMMENT_EVERY_LOOKS = 10;

export function streamProgress(res: ServerResponse, { first, look, show, isLast }: Progress): void {
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
  let told = '';
  let silent = 0;
  let timer: NodeJS.Timeout | undefined;

  async function tell(batch: Batch): Promise<void> {
    const shown = JSON.stringify(await show(batch));
    if (res.closed) return;
    if (shown !== told) res.write(`event: batch\ndata: ${shown}\n\n`);
    else if (++silent % COMMENT_EVERY_LOOKS === 0) res.write(': waiting\n');
    told = shown;
    if (isLast(batch)) return void res.end();
    // A reader that does not read is not told more before it does.
    const again = (): void => { timer = setTimeout(() => void look().then(tell).catch(fail), LOOK_EVERY_MS); };
    if (res.writableNeedDrain) res.once('drain', again);
    else again();
  }
  // A clean end would be taken for the batch's.
  const fail = (): void => void res.destroy();

  res.on('close', () => clearTimeout(timer));
  tell(first).catch(fail);
}
