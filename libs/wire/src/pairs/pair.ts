/**
 * What every direct conversion is: three pure functions from one client's format to one provider's format and back. Nothing of a
 * conversation has a type here: a pair reads its client's text and writes its provider's, and the other way round.
 */

import type { ProviderEvent } from '../leaf/provider-event.ts';

export type { ProviderEvent };

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
  /** `drop`: what cannot be expressed is left out with a warning instead of refused. */
  readonly onUnsupported: 'refuse' | 'drop';
  /** What earlier answers left, by the id of the tool call as the client has it. */
  readonly memory: ReadonlyMap<string, Remembered>;
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

export interface Converted {
  readonly kind: 'converted';
  /** JSON text. */
  readonly body: string;
  /** Everything that was left out or said differently. */
  readonly warnings: readonly Warning[];
}

export type ConvertedRequest = Converted;

export interface ConvertedAnswer extends Converted {
  readonly remembered: readonly Remembered[];
}

/** `path` is a path of the client's request (`messages[0].content[1]`) or, in an answer, of the provider's body. */
export interface Warning {
  readonly path: string;
  readonly reason: string;
}

/** The target cannot say this. `path` is in the client's request. */
export interface Refused {
  readonly kind: 'refused';
  readonly path: string;
  readonly reason: string;
}

/** Reasoning that a provider wants back with the tool call it led to, and that many clients drop. */
export interface Remembered {
  /** As the client sees it. */
  readonly callId: string;
  /** Whose signatures these are: they go back to nobody else. */
  readonly family: Family;
  /** The format that its blocks are in: the same signature stands in another place of another format. */
  readonly format: 'messages' | 'converse' | 'responses' | 'gemini';
  /** JSON text of the provider's own blocks, an array. */
  readonly blocks: string;
}

/** Who can read a signature or an encrypted thought. */
export type Family = 'openai' | 'anthropic' | 'google' | 'bedrock' | 'xai' | 'other';

/** How a model differs from its format's plainest one: data of the provider's profile. */
export interface Rules {
  readonly family: Family;
  /** The most a model writes, where the target demands a number and the client gave none. */
  readonly maximumOutputTokens: number;
  /** How reasoning is asked for: tokens it may take, a word for how hard to try, both together, or not at all. */
  readonly reasoning: 'budget' | 'effort' | 'adaptive' | 'none';
  /** Does the model take system messages between turns? */
  readonly middleSystem: boolean;
  /** Gemini's documented stand-in for a signature that was lost. */
  readonly mayUseSentinel: boolean;
}

/** What holds where a profile says nothing of a model. */
export const PLAIN_RULES: Rules = {
  family: 'other', maximumOutputTokens: 8192, reasoning: 'adaptive', middleSystem: true, mayUseSentinel: false,
};
