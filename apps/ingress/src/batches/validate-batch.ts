/**
 * From a file to the lines of a batch, in one pass that never holds more than a chunk. What was made of it is not fed before
 * the whole file has been found right; a pass that is interrupted begins anew.
 */
import { type ChunkStore, type Job, MOST_BATCH_ERRORS, newJobId, SluiceError } from '@sluice/domain';
import { crashPoint } from '@sluice/queue';
import type { BatchVerbs, FileVerbs, HeldBatch, NewLine } from '@sluice/store';
import { admit } from '../admit/admit.ts';
import { refuseUncarried } from '../admit/carried.ts';
import type { Directory, KeyEntry } from '../admit/directory.ts';
import type { EdgeParts } from '../visit.ts';
import { endpointAt } from '../kept/job-object.ts';
import { requestOf } from '../visit.ts';
import { type CheckedLine, LineCheck } from './line-check.ts';
import { type FoundLine, linesOf } from './lines-of.ts';

export interface BatchParts {
  readonly batches: BatchVerbs;
  readonly files: FileVerbs;
  readonly chunks: ChunkStore;
  readonly door: Pick<EdgeParts['door'], 'learned' | 'endKept' | 'status' | 'wakeFeeder'>;
  readonly directory: () => Directory;
  /** Epoch ms of Redis. */
  readonly now: () => number;
}

/** In one statement. */
const LINES_AT_ONCE = 250;

/** `held` is asked now and then: who has lost the batch stops. */
export async function validateBatch(batch: HeldBatch, parts: BatchParts, held: () => boolean): Promise<void> {
  const { batches, files, chunks, door } = parts;
  await batches.dropLines(batch);
  const check = new LineCheck(batch.endpoint);
  const caller = callerOf(batch, parts.directory());
  const file = await files.read({ environmentId: batch.environmentId, id: batch.inputFileId }).catch(gone);
  if (!caller || !file) {
    const [code, what] = caller ? ['file_not_found', 'input file'] : ['invalid_api_key', 'API key'];
    return batches.fail(batch, [{ code, message: `The ${what} of this batch is gone.`, param: null, line: null }]);
  }
  const inserting = openInserting((lines) => batches.insertLines(batch, lines));
  for await (const found of linesOf(file, chunks)) {
    const line = check.take(found.bytes);
    if (check.isHopeless) break;
    const made = line && lineOf({ line, found, batch, caller }, check, parts);
    if (!made || check.errors.length > 0) continue;
    if (!inserting.add(made)) continue;
    if (!held()) return inserting.settled();
    await inserting.flush();
  }
  check.end();
  if (check.errors.length > 0) {
    await inserting.settled();
    await batches.dropLines(batch);
    return batches.fail(batch, check.errors.slice(0, MOST_BATCH_ERRORS));
  }
  await inserting.flush();
  await inserting.settled();
  crashPoint('batch:lined');
  if (await batches.begin(batch, check.requests)) door.wakeFeeder();
  else await batches.dropLines(batch); // cancelled meanwhile
}

/** One statement is under way while the lines of the next are read: Postgres and this process work at the same time. */
function openInserting(insert: (lines: readonly NewLine[]) => Promise<void>) {
  let lines: NewLine[] = [];
  let underWay: Promise<void> = Promise.resolve();
  return {
    /** Takes a line; true: flush before the next one. */
    add(line: NewLine): boolean {
      return lines.push(line) >= LINES_AT_ONCE;
    },
    /** Rejects where the statement before this one did. */
    async flush(): Promise<void> {
      await underWay;
      if (lines.length > 0) underWay = insert(lines);
      underWay.catch(() => undefined); // told by whoever awaits it next
      lines = [];
    },
    settled: (): Promise<void> => underWay,
  };
}

const gone = (error: unknown): undefined => {
  if (error instanceof SluiceError && error.code === 'not_found') return undefined;
  throw error;
};

const callerOf = ({ apiKeyId }: HeldBatch, { keys }: Directory): KeyEntry | undefined => [...keys.values()].find(({ key }) => key.id === apiKeyId);

interface Lining {
  readonly line: CheckedLine;
  readonly found: FoundLine;
  readonly batch: HeldBatch;
  readonly caller: KeyEntry;
}

/** Undefined: this request would be refused at the door as well, and so is its line. */
function lineOf({ line, found, batch, caller }: Lining, check: LineCheck, parts: BatchParts): NewLine | undefined {
  try {
    const { start, end } = line.body;
    const job = jobOf({ line, found, batch, caller }, parts);
    return { job, line: line.line, customId: line.customId, chunk: found.chunk, offset: found.offset + start, length: end - start };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    check.refuse(line, { code: error.code, message: error.message, param: error.param });
    return undefined;
  }
}

function jobOf({ line, found, batch, caller }: Lining, { door, now }: BatchParts): Job {
  const endpoint = endpointAt(batch.endpoint) ?? 'chat'; // the door takes no batch of another
  const request = requestOf(line.request, endpoint, 'body.');
  if (request.stream) throw new SluiceError('invalid_request', 'body.stream: a line of a batch is not streamed', { param: 'body.stream' });
  if (request.body['sluice'] !== undefined) throw new SluiceError('invalid_request', 'body.sluice: stands beside the body in a line of a batch', { param: 'body.sluice' });
  const beside = { priority: batch.options.priority, ...(typeof line.beside === 'object' ? line.beside : {}) };
  const { job } = admit({
    id: newJobId(now()), caller, headers: {}, endpoint, request, isJob: true, beside, bodyBytes: line.body.end - line.body.start, fingerprint: '', now: now(),
    learned: (connection, model) => door.learned(connection, model),
  });
  refuseUncarried(job, found.bytes.subarray(line.body.start, line.body.end), 'body.');
  return { ...job, mode: 'batch', resumable: false, startBy: batch.expiresAt, deadline: Math.min(job.deadline, batch.expiresAt) };
}
