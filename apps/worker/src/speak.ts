/**
 * In which format a provider is spoken to, and what is said: the client's own bytes where it speaks the client's format, else a
 * direct conversion to the first of its formats that there is one to.
 */
import type { Job } from '@sluice/domain';
import { editsOf, formatsOf, rulesOf, type Profile, type WireFormat } from '@sluice/providers';
import { conversionBetween, edited, forRoute } from '@sluice/wire';
import { converted, passedOn, type Answering } from './answering.ts';
import { saidOf } from './reader.ts';
import { recollect } from './recollection.ts';
import type { Tools } from './tools.ts';

export type Speech =
  | { readonly kind: 'speech'; readonly format: WireFormat; readonly body: Buffer; readonly answering: Answering; readonly warnings: readonly string[] }
  /** `param` is the field that stands in the way. */
  | { readonly kind: 'cannot'; readonly reason: string; readonly param?: string };

export interface Speaking {
  readonly job: Job;
  readonly body: Buffer;
  readonly model: string;
}

export async function speak(tools: Pick<Tools, 'memory' | 'log'>, profile: Profile, { job, body, model }: Speaking): Promise<Speech> {
  const formats = formatsOf(profile, model);
  if (formats.includes(job.endpoint)) {
    const { body: own, warnings } = edited(forRoute(body, model), editsOf(profile, job.endpoint, model));
    return { kind: 'speech', format: job.endpoint, body: own, answering: passedOn(job.endpoint), warnings: warnings.map(saidOf) };
  }
  const [format, conversion] = firstConversion(job.endpoint, formats) ?? [];
  if (!format || !conversion) return { kind: 'cannot', reason: `${profile.id} does not answer ${job.endpoint} requests for ${model}` };
  const rules = rulesOf(profile, model);
  const memory = await recollect(tools, job, body);
  const request = conversion.request({ text: body.toString(), model, onUnsupported: job.onUnsupported, memory, rules });
  if (request.kind === 'refused') return { kind: 'cannot', reason: saidOf(request), param: request.path };
  const answering = converted({ conversion, format, asked: body, model, rules }, job);
  return { kind: 'speech', format, body: Buffer.from(request.body), answering, warnings: request.warnings.map(saidOf) };
}

function firstConversion(endpoint: Job['endpoint'], formats: readonly WireFormat[]) {
  for (const format of formats) {
    const conversion = conversionBetween(endpoint, format);
    if (conversion) return [format, conversion] as const;
  }
  return undefined;
}
