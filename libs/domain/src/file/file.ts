/** Files as OpenAI describes them. */
export const UPLOAD_PURPOSES = ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] as const;
export type FilePurpose = (typeof UPLOAD_PURPOSES)[number] | 'batch_output';

export interface StoredFile {
  readonly id: string;
  readonly environmentId: string;
  readonly purpose: FilePurpose;
  readonly filename: string;
  readonly bytes: number;
  readonly chunks: number;
  /** Lower-case hex, over the whole. */
  readonly sha256: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms; null: kept until it is deleted. */
  readonly expiresAt: number | null;
}

/** What a file's owner sees. A file is `processed` at once. Times are epoch seconds. */
export const fileObject = ({ id, bytes, createdAt, expiresAt, filename, purpose }: StoredFile) => ({
  id, object: 'file', bytes, created_at: Math.floor(createdAt / 1_000), expires_at: expiresAt === null ? null : Math.floor(expiresAt / 1_000),
  filename, purpose, status: 'processed', status_details: null,
}) as const;
