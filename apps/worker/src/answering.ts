/**
 * What becomes of a provider's answer on its way to the client: passed on byte for byte where both speak one format, or converted
 * from one to the other.
 */
import type { Job } from '@sluice/domain';
import {
  asAsked, dataOf, nameOf, NOTHING_HEARD, readerOf, type Conversion, type Dialect, type FormatReader, type Remembered, type ResponseInput, type Rules, type Vectors, type Warning,
} from '@sluice/wire';

export interface Answering {
  readonly read: FormatReader;
  /** What the client is sent for one event. */
  events(event: Buffer): readonly Buffer[];
  /** What ends the client's stream, given the event that ended the provider's, if it had one. */
  ending(terminator: Buffer | undefined): readonly Buffer[];
  whole(body: Buffer): Buffer;
  /** Null: as the provider says. */
  contentType(isStream: boolean): string | null;
  /** To be asked when the answer is there. */
  remembered(): readonly Remembered[];
  warnings(): readonly Warning[];
}

/** @throws Error where the format is one that nobody reads: the profile of a provider names it */
function reading(format: string): FormatReader {
  const reader = readerOf(format);
  if (!reader) throw new Error(`answers in the format ${format} cannot be read`);
  return reader;
}

export const passedOn = (format: string): Answering => ({
  read: reading(format),
  events: (event) => [event],
  ending: (terminator) => (terminator ? [terminator] : []),
  whole: (body) => body,
  contentType: () => null,
  remembered: () => [],
  warnings: () => [],
});

/** Passed on, with what a dialect of Chat has wrong put right. */
export function repaired(dialect: Dialect): Answering {
  let heard = NOTHING_HEARD;
  const event = (bytes: Buffer): Buffer => {
    const data = dataOf(bytes);
    if (data === undefined) return bytes;
    const [next, right] = dialect.event(heard, data);
    heard = next;
    return right === data ? bytes : Buffer.from(`data: ${right}\n\n`);
  };
  return {
    ...passedOn('chat'),
    events: (bytes) => [event(bytes)],
    whole(body) {
      const text = body.toString();
      const right = dialect.whole(text);
      return right === text ? body : Buffer.from(right);
    },
  };
}

/** Passed on, with the vectors as they were asked for. */
export const embedded = (vectors: Vectors): Answering => ({ ...passedOn('embeddings'), whole: (body) => asAsked(body, vectors) });

export interface Converting {
  readonly conversion: Conversion;
  /** The provider's format. */
  readonly format: string;
  readonly asked: Buffer;
  readonly model: string;
  readonly rules: Rules;
}

export function converted({ conversion, format, asked, model, rules }: Converting, { id, createdAt }: Job): Answering {
  const input: Omit<ResponseInput, 'text'> = {
    asked: asked.toString(), model, rules, id: id.replace(/^job_/, ''), createdAt: Math.floor(createdAt / 1_000),
  };
  const stream = conversion.stream(input);
  let answer: ReturnType<Conversion['response']> | undefined;
  const buffers = (events: readonly string[]): readonly Buffer[] => events.map((event) => Buffer.from(event));
  const take = (event: Buffer): readonly string[] => {
    const data = dataOf(event);
    return data === undefined ? [] : stream.take({ name: nameOf(event) ?? null, data });
  };
  return {
    read: reading(format),
    events: (event) => buffers(take(event)),
    ending: (terminator) => buffers([...(terminator ? take(terminator) : []), ...stream.end()]),
    whole(body) {
      answer = conversion.response({ ...input, text: body.toString() });
      return Buffer.from(answer.body);
    },
    contentType: (isStream) => (isStream ? 'text/event-stream' : 'application/json'),
    remembered: () => answer?.remembered ?? stream.remembered(),
    warnings: () => answer?.warnings ?? stream.warnings(),
  };
}
