/**
 * What a conversion has to say about itself: what it left out, and what it cannot say at all. Every pair takes one with it through
 * the request, and ends by asking it for the result.
 */
import { pathOf, type JsonNode } from './json-node.ts';
import { write, type Json } from './json-write.ts';

export interface Converted {
  readonly kind: 'converted';
  /** JSON text. */
  readonly body: string;
  /** Everything that was left out or said differently. */
  readonly warnings: readonly Warning[];
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

/** `drop`: what cannot be expressed is left out with a warning instead of refused. */
export type OnUnsupported = 'refuse' | 'drop';

export interface Notes {
  /** Left out, or said differently. */
  warn(where: JsonNode | string, reason: string): void;
  /** The target cannot say it. Asked to drop, that is one more thing left out. */
  refuse(where: JsonNode | string, reason: string): void;
  readonly warnings: readonly Warning[];
  /** The first refusal, or the body with its warnings. */
  conclude(body: Json): Converted | Refused;
}

/** More are not told one by one: a body of ten megabytes can be wrong in a million places. */
const MOST_WARNINGS = 1_000;

export function takeNotes(onUnsupported: OnUnsupported): Notes {
  /** By path, each said once. */
  const warnings = new Map<string, Warning>();
  let refused: Refused | undefined;
  const warn: Notes['warn'] = (where, reason) => {
    if (warnings.size > MOST_WARNINGS) return;
    const [path, why] = warnings.size < MOST_WARNINGS ? [pathIn(where), reason] : ['', 'more was left out than is told here'];
    if (!warnings.has(path)) warnings.set(path, { path, reason: why });
  };
  return {
    warn,
    refuse(where, reason) {
      if (onUnsupported === 'drop') warn(where, `left out: ${reason}`);
      else refused ??= { kind: 'refused', path: pathIn(where), reason };
    },
    get warnings() {
      return [...warnings.values()];
    },
    conclude: (body) => refused ?? { kind: 'converted', body: write(body), warnings: [...warnings.values()] },
  };
}

const pathIn = (where: JsonNode | string): string => (typeof where === 'string' ? where : pathOf(where));
