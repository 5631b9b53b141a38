/** What every client is made to do with every provider: the orders, and what each has to come back with. */
export const FEATURES = ['text', 'stream', 'tool', 'tools', 'streamedTools', 'object', 'image', 'embeddings', 'unknownModel'] as const;
export type Feature = (typeof FEATURES)[number];

export interface Order {
  readonly scenario: Feature;
  /** A resource. */
  readonly model: string;
}

/** One answer, in whatever words the client has it. */
export interface AnswerTold {
  readonly text: string;
  readonly finish: string;
  readonly input: number;
  readonly output: number;
}

export interface StreamTold extends AnswerTold {
  /** In how many the text came. */
  readonly pieces: number;
}

/** A loop: the calls that the first answer asked for, and the text that answers their results. */
export interface LoopTold {
  readonly calls: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly text: string;
}

export interface ObjectTold {
  readonly object: unknown;
}

export interface EmbeddingsTold {
  /** The length of each. */
  readonly dimensions: readonly number[];
  /** The first numbers of the first. */
  readonly begins: readonly number[];
}

export interface ErrorTold {
  /** The class that it is an instance of. */
  readonly name: string;
  readonly status: number;
  readonly code: string;
  readonly message: string;
}
