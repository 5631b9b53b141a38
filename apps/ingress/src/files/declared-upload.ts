/** What the fields of an upload say of the file. */
import { type FilePurpose, SluiceError, UPLOAD_PURPOSES } from '@sluice/domain';

export interface DeclaredUpload {
  readonly purpose: FilePurpose;
  readonly filename: string;
  readonly expiresInMs: number | null;
}

const LEAST_SECONDS = 3_600;
const MOST_SECONDS = 2_592_000;
const LONGEST_NAME = 512;

/** Throws `invalid_request` in OpenAI's words. */
export function declaredUpload(fields: ReadonlyMap<string, string>, filename: string | null, retentionMs: number): DeclaredUpload {
  if (filename === null) throw refusal('file', "'file' is a required property");
  const given = fields.get('purpose');
  if (given === undefined) throw refusal('purpose', "'purpose' is a required property");
  const purpose = UPLOAD_PURPOSES.find((known) => known === given);
  if (!purpose) {
    throw refusal('purpose', `'${given.slice(0, 100)}' is not one of [${UPLOAD_PURPOSES.map((known) => `'${known}'`).join(', ')}] - 'purpose'`);
  }
  return { purpose, filename: filename.replaceAll('\0', '').slice(0, LONGEST_NAME), expiresInMs: expiresInMs(fields) ?? (purpose === 'batch' ? retentionMs : null) };
}

function expiresInMs(fields: ReadonlyMap<string, string>): number | null {
  const anchor = fields.get('expires_after[anchor]');
  const text = fields.get('expires_after[seconds]');
  if (anchor === undefined && text === undefined) return null;
  if (anchor !== 'created_at') throw refusal('expires_after.anchor', "expires_after.anchor: expected 'created_at'");
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < LEAST_SECONDS || seconds > MOST_SECONDS) {
    throw refusal('expires_after.seconds', `expires_after.seconds: expected a whole number from ${LEAST_SECONDS} to ${MOST_SECONDS}`);
  }
  return seconds * 1_000;
}

const refusal = (param: string, message: string): SluiceError => new SluiceError('invalid_request', message, { param });
