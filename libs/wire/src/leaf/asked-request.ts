/** What the door needs to know of a request, whatever its format. The body itself travels as bytes. */
import type { JsonObject } from './check.ts';

export interface AskedRequest {
  readonly model: string;
  readonly stream: boolean;
  /** The request's own bound on the tokens of one choice, or null; 0: nothing is written. */
  readonly maximumOutputTokens: number | null;
  /** How many answers are asked for at once. */
  readonly choices: number;
  readonly serviceTier: string | null;
  /** The parsed body, for what is not read here. */
  readonly body: JsonObject;
}

export type RequestRead =
  | { readonly kind: 'request'; readonly request: AskedRequest }
  /** `param` is null where the body as a whole is wrong. */
  | { readonly kind: 'refused'; readonly param: string | null; readonly message: string };
