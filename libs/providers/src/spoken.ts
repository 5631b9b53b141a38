/** In which format a model is spoken to by clients of an endpoint: their own where it knows it, else the first that there is a conversion to. */
import type { Endpoint } from '@sluice/domain';
import { chatHolds, conversionBetween, type Conversion } from '@sluice/wire';
import { formatsOf } from './model-rules.ts';
import type { Profile, WireFormat } from './provider.ts';

export type Spoken =
  | { readonly kind: 'own'; readonly format: Endpoint }
  | { readonly kind: 'converted'; readonly format: WireFormat; readonly conversion: Conversion }
  /** The model answers nothing of that kind. */
  | { readonly kind: 'none' };

export interface Asked {
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly body: Buffer;
}

export function spokenTo(profile: Profile, { endpoint, model, body }: Asked): Spoken {
  const formats = formatsOf(profile, model);
  const cannot = endpoint === 'chat' ? profile.chatCannot : undefined;
  const isBeyond = cannot !== undefined && chatHolds(body, cannot);
  if (formats.includes(endpoint) && !isBeyond) return { kind: 'own', format: endpoint };
  for (const format of formats) {
    const conversion = conversionBetween(endpoint, format);
    if (conversion) return { kind: 'converted', format, conversion };
  }
  return { kind: 'none' };
}
