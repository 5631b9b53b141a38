/** In which format a model is spoken to by clients of an endpoint: their own where it knows it, else the first that there is a conversion to. */
import type { Endpoint } from '@sluice/domain';
import { conversionBetween, type Conversion } from '@sluice/wire';
import { formatsOf } from './model-rules.ts';
import type { Profile, WireFormat } from './provider.ts';

export type Spoken =
  | { readonly kind: 'own'; readonly format: Endpoint }
  | { readonly kind: 'converted'; readonly format: WireFormat; readonly conversion: Conversion }
  /** The model answers nothing of that kind. */
  | { readonly kind: 'none' };

export function spokenTo(profile: Profile, endpoint: Endpoint, model: string): Spoken {
  const formats = formatsOf(profile, model);
  if (formats.includes(endpoint)) return { kind: 'own', format: endpoint };
  for (const format of formats) {
    const conversion = conversionBetween(endpoint, format);
    if (conversion) return { kind: 'converted', format, conversion };
  }
  return { kind: 'none' };
}
