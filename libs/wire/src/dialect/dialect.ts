/**
 * A dialect is how a provider that speaks Chat Completions speaks it not quite: each is a list of repairs that its answers go through
 * on their way to a client. What needs none keeps every byte; the rest is changed by span, so that a `1.0` stays a `1.0`.
 */
import { get, numberOf, readJson, stringOf, type JsonNode } from '../leaf/json-node.ts';

/** Text in the place of a stretch of the source. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One choice of an answer or of an event. */
export interface Place {
  readonly choice: JsonNode;
  /** What it says: the message of a whole answer, the delta of an event; undefined where the provider left it out. */
  readonly said: JsonNode | undefined;
  readonly isWhole: boolean;
  readonly answerId: string;
  /** Calls of this choice in earlier events. */
  readonly callsBefore: number;
  /** The first event in which this choice says anything. */
  readonly isFirst: boolean;
}

export type Repair = (place: Place) => readonly Change[];

/** What a stream remembers: of each choice that has begun, how many calls it has had. */
export type Heard = ReadonlyMap<number, number>;

export interface Dialect {
  /** One event's data (JSON text). */
  event(heard: Heard, data: string): readonly [Heard, string];
  /** A whole answer. */
  whole(body: string): string;
}

export const NOTHING_HEARD: Heard = new Map();

/** Behind the first event, and before any call, one that holds none of these has nothing that could want a repair. */
const SUSPECT = /"index"\s*:\s*[1-9]|"role"|"tool_calls"|"message"|"content"\s*:\s*\[|"choices"\s*:\s*\[\s*\{(?![\s\S]*"delta")/;

export const dialect = (...repairs: readonly Repair[]): Dialect => ({
  event(heard, data) {
    if (heard.get(0) === 0 && !SUSPECT.test(data)) return [heard, data];
    const root = readJson(data);
    return root ? [heardIn(heard, root), repaired(root, repairs, { heard, isWhole: false })] : [heard, data];
  },
  whole(body) {
    const root = readJson(body);
    return root ? repaired(root, repairs, { heard: NOTHING_HEARD, isWhole: true }) : body;
  },
});

const choicesIn = (root: JsonNode): readonly JsonNode[] => get(root, 'choices')?.items ?? [];
const indexOf = (choice: JsonNode): number => numberOf(get(choice, 'index')) ?? 0;

function repaired(root: JsonNode, repairs: readonly Repair[], { heard, isWhole }: { readonly heard: Heard; readonly isWhole: boolean }): string {
  const answerId = stringOf(get(root, 'id')) ?? '';
  const changes = choicesIn(root).flatMap((choice) => {
    const place: Place = { choice, said: get(choice, isWhole ? 'message' : 'delta'), isWhole, answerId, callsBefore: heard.get(indexOf(choice)) ?? 0, isFirst: !heard.has(indexOf(choice)) };
    return repairs.flatMap((repair) => repair(place));
  });
  return spliced(root.source, changes);
}

/** A call that begins has a name; what goes on with one has not. */
function heardIn(heard: Heard, root: JsonNode): Heard {
  const counted = new Map(heard);
  for (const choice of choicesIn(root)) {
    const delta = get(choice, 'delta');
    const begun = (get(delta, 'tool_calls')?.items ?? []).filter(begins).length;
    if (delta) counted.set(indexOf(choice), (counted.get(indexOf(choice)) ?? 0) + begun);
  }
  return counted;
}

export const begins = (call: JsonNode): boolean => (stringOf(get(get(call, 'function'), 'name')) ?? '') !== '';

function spliced(source: string, changes: readonly Change[]): string {
  let done = 0;
  const parts = [...changes].sort((a, b) => a.start - b.start).map(({ start, end, text }) => {
    const part = source.slice(done, start) + text;
    done = end;
    return part;
  });
  return parts.join('') + source.slice(done);
}
