/**
 * What a conversion has to say about itself: what it left out, and what it cannot say at all. Every pair takes one with it through
 * the request, and ends by asking it for the result.
 */
import { pathOf, type JsonNode } from '../leaf/json-node.ts';
import { write, type Json } from '../leaf/json-write.ts';
import type { Converted, Refused, RequestInput, Warning } from './pair.ts';

export interface Notes {
  /** Left out, or said differently. */
  warn(where: JsonNode | string, reason: string): void;
  /** The target cannot say it. Asked to drop, that is one more thing left out. */
  refuse(where: JsonNode | string, reason: string): void;
  readonly warnings: readonly Warning[];
  /** The first refusal, or the body with its warnings. */
  conclude(body: Json): Converted | Refused;
}

export function takeNotes(onUnsupported: RequestInput['onUnsupported']): Notes {
  const warnings: Warning[] = [];
  let refused: Refused | undefined;
  const warn: Notes['warn'] = (where, reason) => {
    const path = pathIn(where);
    if (!warnings.some((one) => one.path === path)) warnings.push({ path, reason });
  };
  return {
    warn,
    refuse(where, reason) {
      if (onUnsupported === 'drop') warn(where, `left out: ${reason}`);
      else refused ??= { kind: 'refused', path: pathIn(where), reason };
    },
    warnings,
    conclude: (body) => refused ?? { kind: 'converted', body: write(body), warnings },
  };
}

const pathIn = (where: JsonNode | string): string => (typeof where === 'string' ? where : pathOf(where));
