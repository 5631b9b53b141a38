/** `batch submit|watch|fetch`. */
import { constants, createWriteStream, openAsBlob } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, EXIT, type Invocation, Stop } from '../command.ts';
import { bar, json } from '../output.ts';

const EVERY_MS = 1_000;

interface Batch {
  readonly id: string;
  readonly status: string;
  readonly output_file_id?: string | null;
  readonly error_file_id?: string | null;
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number };
  readonly errors?: { readonly data: readonly { readonly message: string; readonly line?: number | null }[] } | null;
}

const FINAL = ['completed', 'failed', 'expired', 'cancelled'];
const read = async (response: Response): Promise<Batch> => (await response.json()) as Batch; // OpenAI's own shape

const submit: Command = {
  words: ['batch', 'submit'], args: ['FILE'], summary: 'Upload a file of requests and run each line. Needs SLUICE_KEY.',
  options: {
    endpoint: { value: 'PATH', summary: 'default /v1/chat/completions' }, window: { value: 'TIME', summary: 'to be done within; default 24h' }, watch: { summary: 'until it is over' },
  },
  run: async (invocation) => {
    const { api, args: [file = ''], options, switches } = invocation;
    const form = new FormData();
    form.set('purpose', 'batch');
    // Streamed from the disk: a file may be 200 MB.
    await access(file, constants.R_OK).catch((error: unknown) => { throw new Stop(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, EXIT.usage); });
    form.set('file', await openAsBlob(file), basename(file));
    const uploaded = (await (await api.data('/files', { method: 'POST', form })).json()) as { id: string }; // OpenAI's own shape
    const batch = await read(await api.data('/batches', { method: 'POST', body: {
      input_file_id: uploaded.id, endpoint: options['endpoint'] ?? '/v1/chat/completions', completion_window: options['window'] ?? '24h',
    } }));
    if (switches.has('watch')) return follow(batch.id, invocation);
    invocation.print(invocation.json ? json(batch) : batch.id);
    return EXIT.done;
  },
};

const watch: Command = {
  words: ['batch', 'watch'], args: ['ID'], summary: 'How far a batch is, until it is over. Exit code 1: not completed, or lines failed.', run: (invocation) => follow(invocation.args[0] ?? '', invocation),
};

async function follow(id: string, { api, isTerminal, say, redraw, print, json: asJson, stop }: Invocation): Promise<number> {
  let last = '';
  for (;;) {
    const batch = await read(await api.data(`/batches/${encodeURIComponent(id)}`));
    const { total, completed, failed } = batch.request_counts;
    const line = `${batch.id} ${batch.status} ${bar(completed + failed, total)} ${completed + failed}/${total}${failed > 0 ? `, ${failed} failed` : ''}`;
    if (isTerminal) redraw(line);
    else if (line !== last) say(line);
    last = line;
    if (FINAL.includes(batch.status)) {
      if (isTerminal) say('');
      for (const { message, line: number } of batch.errors?.data ?? []) say(`${number == null ? '' : `line ${number}: `}${message}`);
      if (asJson) print(json(batch));
      return batch.status === 'completed' && failed === 0 ? EXIT.done : EXIT.failed;
    }
    await sleep(EVERY_MS, undefined, { signal: stop }).catch(() => undefined); // Ctrl-C: below
    if (stop.aborted) return EXIT.failed;
  }
}

const fetchResults: Command = {
  words: ['batch', 'fetch'], args: ['ID', '[FILE]'], summary: 'The results of a batch, into FILE or to the output; its failed lines go to FILE.errors, or to the output behind them.',
  run: async ({ api, args: [id = '', file], write, say }) => {
    const batch = await read(await api.data(`/batches/${encodeURIComponent(id)}`));
    if (!FINAL.includes(batch.status)) throw new Stop(`${id} is ${batch.status}: run \`sluice batch watch ${id}\` first`, EXIT.failed);
    for (const [fileId, suffix] of [[batch.output_file_id, ''], [batch.error_file_id, '.errors']] as const) {
      if (!fileId) continue;
      const { body } = await api.data(`/files/${encodeURIComponent(fileId)}/content`);
      if (!body) continue;
      const source = Readable.fromWeb(body as ReadableStream); // the same, by its other name
      if (file === undefined) for await (const chunk of source) write(chunk as Uint8Array); // of a fetch
      else {
        await pipeline(source, createWriteStream(file + suffix));
        say(`${file}${suffix}`);
      }
    }
    return EXIT.done;
  },
};

export const batchCommands = [submit, watch, fetchResults];
