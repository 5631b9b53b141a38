/** A provider's stream as a converter gets it, in whatever pieces the bytes came. */
import { dataOf, nameOf, splitSse, type ProviderEvent } from '@sluice/wire';
import { frameEvents, invokeEvents } from '../facts/events.ts';
import { listIn, parseJson, written } from '../facts/json.ts';
import { isSse } from '../facts/read.ts';
import type { Format } from '../judges/judges.ts';

/** All at once, so many bytes at a time, or wherever a line ends or a character has several bytes. */
export type Cut = 'whole' | 1 | 7 | 64 | 'ends';

/** The ways worth trying; binary frames and arrays are read whole. */
export const cutsOf = (_format: Format, bytes: Buffer): readonly Cut[] => (isSse(bytes) ? [1, 7, 64, 'ends'] : []);

export function providerEvents(format: Format, bytes: Buffer, cut: Cut): readonly ProviderEvent[] {
  if (!isSse(bytes)) return binaryEvents(format, bytes);
  const splitter = splitSse();
  const events = piecesOf(bytes, cut).flatMap((piece) => splitter.push(piece));
  const rest = splitter.rest();
  return [...events, ...(rest ? [rest.bytes] : [])].flatMap((event) => {
    const data = dataOf(event);
    return data === undefined || data.trim() === '[DONE]' ? [] : [{ name: nameOf(event) ?? null, data }];
  });
}

function binaryEvents(format: Format, bytes: Buffer): readonly ProviderEvent[] {
  if (format === 'messages') return invokeEvents(bytes);
  if (format === 'converse') return frameEvents(bytes);
  return listIn(parseJson(bytes.toString('utf8'))).map((body) => ({ name: null, data: written(body) }));
}

function piecesOf(bytes: Buffer, cut: Cut): readonly Buffer[] {
  if (cut === 'whole') return [bytes];
  const ends = cut === 'ends' ? lineAndCharacterEnds(bytes) : Array.from({ length: Math.ceil(bytes.length / cut) }, (_, index) => (index + 1) * cut);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const [LF, CR, ASCII] = [10, 13, 0x80];

/** Behind every CR and LF, and inside every character of several bytes. */
function lineAndCharacterEnds(bytes: Buffer): readonly number[] {
  const ends: number[] = [];
  for (const [index, byte] of bytes.entries()) if (byte === LF || byte === CR || byte >= ASCII) ends.push(index + 1);
  return ends.at(-1) === bytes.length ? ends : [...ends, bytes.length];
}
