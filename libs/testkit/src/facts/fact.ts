/**
 * What a request or an answer says, one thing at a time, in words that belong to no format. Two bodies mean the same when
 * their facts are the same; a path leads to where a fact was read (`messages[0].content[1]`), for warnings and refusals.
 */

export type Role = 'system' | 'user' | 'assistant' | 'result';

/** Where media come from: `base64` and `text` are the content itself, `url` and `file` point to it. */
export type Source = { readonly [kind in 'base64' | 'text' | 'url' | 'file']?: string };

/** What is said, in order. The parts of a result follow it in the role `result`. */
export type Content =
  | { readonly kind: 'text'; readonly role: Role; readonly text: string }
  | { readonly kind: 'media'; readonly role: Role; readonly type: string; readonly source: Source }
  /** `arguments`: JSON text without white space between tokens, numbers as they were written. */
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly arguments: string }
  /** `name` where the format gives it; a result without an id answers the oldest open call of its name. */
  | { readonly kind: 'result'; readonly id: string; readonly name?: string; readonly error: boolean }
  | { readonly kind: 'thinking'; readonly text: string }
  /** What a provider wants back unchanged: a signature, encrypted reasoning. */
  | { readonly kind: 'replay'; readonly family: string; readonly value: string }
  | { readonly kind: 'refusal'; readonly text: string }
  /** A part or item that one format alone has. `raw` is its JSON text. */
  | { readonly kind: 'foreign'; readonly role: Role; readonly type: string; readonly raw: string };

/** What is said beside the conversation; order means nothing, but for tools. */
export type Beside =
  | { readonly kind: 'tool'; readonly name: string; readonly description: string; readonly schema: string }
  /** `value` is canonical JSON text. A name with a colon (`field:logit_bias`) is one that the reader's format alone has. */
  | { readonly kind: 'setting'; readonly name: string; readonly value: string }
  /** Small print of a part, a message or a tool; `of` says of which kind. */
  | { readonly kind: 'detail'; readonly of: string; readonly name: string; readonly value: string }
  /** The end of what a provider may keep for the next call; `behind` is the kind of what it stands behind. */
  | { readonly kind: 'cache'; readonly behind: string; readonly ttl: string };

/** What only an answer says. Counts of tokens: absent is not 0. Input holds cache read and write, output holds reasoning. */
export type Ending =
  | { readonly kind: 'choice'; readonly index: number }
  | { readonly kind: 'citation'; readonly url: string; readonly start: number | null; readonly end: number | null }
  | { readonly kind: 'logprob'; readonly token: string; readonly logprob: number }
  | { readonly kind: 'finish'; readonly reason: Finish }
  | { readonly kind: 'model'; readonly model: string }
  | {
      readonly kind: 'usage';
      readonly input: number;
      readonly output: number;
      readonly cacheRead?: number;
      readonly cacheWrite?: number;
      readonly reasoning?: number;
    }
  | { readonly kind: 'error'; readonly message: string };

export type Finish = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'pause' | 'malformed' | 'none';

export type Fact = { readonly path: string } & (Content | Beside | Ending);

export const isContent = (fact: Fact): fact is Fact & Content =>
  ['text', 'media', 'call', 'result', 'thinking', 'replay', 'refusal', 'foreign'].includes(fact.kind);
