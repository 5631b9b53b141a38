/**
 * An Embeddings answer, and the two ways in which a vector stands in one: a list of numbers, or base64 of 32-bit floats, little-endian,
 * as SDKs ask for. Vectors are kept as text: there can be millions of numbers, and each keeps its lexeme.
 */
import { write, type Json } from '../../leaf/json-write.ts';
import type { Encoding } from './read-request.ts';

export interface Embedded {
  readonly model: string;
  /** Each the JSON text of a list of numbers. */
  readonly vectors: readonly string[];
  /** Undefined where the provider has not counted. */
  readonly inputTokens: number | undefined;
  readonly encoding: Encoding;
}

/** JSON text of the answer. Who has not counted is said to have counted nothing: SDKs demand a number. */
export function embeddingsAnswer({ model, vectors, inputTokens = 0, encoding }: Embedded): string {
  const data = vectors.map((vector, index) => `{"object":"embedding","index":${index},"embedding":${encoding === 'base64' ? write(packed(vector)) : vector}}`);
  const usage: Json = { prompt_tokens: inputTokens, total_tokens: inputTokens };
  return `{"object":"list","data":[${data.join(',')}],"model":${write(model)},"usage":${write(usage)}}`;
}

/** From the JSON text of a list of numbers to base64. */
export function packed(vector: string): string {
  const floats = Float32Array.from(JSON.parse(vector) as readonly number[]); // what is no number becomes NaN, and stays visible
  return littleEndian(Buffer.from(floats.buffer), 4).toString('base64');
}

/** And back: each number as short as it can be said and still be the same float. */
export const unpacked = (base64: string): string => listed(new Float32Array(aligned(littleEndian(Buffer.from(base64, 'base64'), 4), 4)));

/** Of vectors in 8-bit integers, as one provider sends them. */
export const unpackedInt8 = (base64: string): string => listed(new Int8Array(aligned(Buffer.from(base64, 'base64'), 1)));

const listed = (numbers: Float32Array | Int8Array): string => `[${numbers.join(',')}]`;

/** Bytes with a memory of their own, whole numbers alone. */
const aligned = (bytes: Buffer, size: number): ArrayBuffer => Uint8Array.from(bytes.subarray(0, bytes.length - (bytes.length % size))).buffer;

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const littleEndian = (bytes: Buffer, size: 4): Buffer => (IS_LITTLE_ENDIAN || bytes.length % size > 0 ? bytes : bytes.swap32());
