/**
 * What every direct conversion is: three pure functions from one client's format to one provider's format and back. Nothing of a
 * conversation has a type here: a pair reads its client's text and writes its provider's, and the other way round.
 */
import type { Converted, OnUnsupported, Refused, Warning } from '../leaf/notes.ts';
import type { ProviderEvent } from '../leaf/provider-event.ts';
import type { Memory, Remembered } from '../leaf/remembered.ts';
import type { Rules } from '../leaf/rules.ts';

export type { Converted, ProviderEvent, Refused, Remembered, Rules, Warning };

/** One direct conversion. `State` is what a stream remembers between two events; it is never changed in place. */
export interface Pair<State> {
  /** Never throws: a text that is no JSON object is refused at the path `''`. */
  request(input: RequestInput): ConvertedRequest | Refused;
  /** A whole answer (2xx, no error) of the provider as the client's format says it. */
  response(input: ResponseInput): ConvertedAnswer;
  readonly stream: {
    start(input: AnswerInput): State;
    /** `sent`: each string is one whole event in the client's framing (`data: …\n\n`). */
    step(state: State, event: ProviderEvent): readonly [State, sent: readonly string[]];
    /** What is left to send when the provider has ended its stream whole; nothing where it had failed or was sent already. */
    end(state: State): readonly string[];
    /** What has to be kept of this answer, asked after the last `step`. */
    remembered(state: State): readonly Remembered[];
    /** What could not be said in the client's format so far. */
    warnings(state: State): readonly Warning[];
  };
}

export interface RequestInput {
  /** The client's request as JSON text, without what only Sluice reads (`sluice`). */
  readonly text: string;
  /** The provider's name of the model. */
  readonly model: string;
  readonly onUnsupported: OnUnsupported;
  readonly memory: Memory;
  readonly rules: Rules;
}

/** What an answer is made from, whole or streamed. */
export interface AnswerInput {
  /** The client's request, the text that was given to `request`. */
  readonly asked: string;
  /** The provider's name of the model, for answers that do not name it. */
  readonly model: string;
  /** Names the answer where the provider does not, and seeds the ids that it does not give: `[A-Za-z0-9]{8,32}`. */
  readonly id: string;
  /** Epoch seconds, for formats that tell when an answer was made. */
  readonly createdAt: number;
  readonly rules: Rules;
}

export interface ResponseInput extends AnswerInput {
  /** The provider's body. */
  readonly text: string;
}

export type ConvertedRequest = Converted;

export interface ConvertedAnswer extends Converted {
  readonly remembered: readonly Remembered[];
}
