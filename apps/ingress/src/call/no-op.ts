/**
 * The Chat event that does nothing, for clients whose patience only an event renews. It carries the id and model of the
 * chunks around it: those already sent, or else ones of our own, which every later chunk then carries as well, because
 * clients hold a change of id in the middle of a stream for another answer.
 */
import { dataOf, members, replaceValues, splitSse } from '@sluice/wire';

export interface Identity {
  readonly id: string;
  readonly model: string;
}

export const noOpEvent = ({ id, model }: Identity, now: number): string => `data: ${JSON.stringify({
  id, object: 'chat.completion.chunk', created: Math.floor(now / 1_000), model, choices: [{ index: 0, delta: {}, finish_reason: null }],
})}\n\n`;

/** The id and model of the first chunk in these bytes, or undefined where there is none. */
export function identityIn(bytes: Buffer): Identity | undefined {
  for (const { chunk } of chunksIn(bytes)) {
    const { id, model } = chunk;
    if (typeof id === 'string' && id !== '' && typeof model === 'string') return { id, model };
  }
  return undefined;
}

/** These whole events with another id and model in every chunk that has them; all else byte for byte. */
export function withIdentity(bytes: Buffer, { id, model }: Identity): Buffer {
  const parts: Buffer[] = [];
  for (const { event, data, chunk } of chunksIn(bytes)) {
    if (!('id' in chunk)) {
      parts.push(event);
      continue;
    }
    const text = Buffer.from(data);
    const named = replaceValues(text, members(text), 'id', JSON.stringify(id));
    parts.push(Buffer.from('data: '), replaceValues(named, members(named), 'model', JSON.stringify(model)), Buffer.from('\n\n'));
  }
  return Buffer.concat(parts);
}

interface Chunk {
  readonly event: Buffer;
  readonly data: string;
  /** Empty where the event holds no JSON object. */
  readonly chunk: Readonly<Record<string, unknown>>;
}

function chunksIn(bytes: Buffer): readonly Chunk[] {
  const splitter = splitSse();
  const events = splitter.push(bytes);
  const rest = splitter.rest();
  if (rest) events.push(rest.bytes);
  return events.map((event) => {
    const data = dataOf(event) ?? '';
    return { event, data, chunk: objectIn(data) };
  });
}

function objectIn(data: string): Readonly<Record<string, unknown>> {
  if (!data.startsWith('{')) return {};
  try {
    return JSON.parse(data) as Record<string, unknown>; // it begins with a brace
  } catch {
    return {}; // not ours to judge: it is passed on as it is
  }
}
