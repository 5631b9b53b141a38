/**
 * In which format a provider is spoken to, and what is said: the client's own bytes where it speaks the client's format, else a
 * direct conversion to the first of its formats that there is one to.
 */
import type { Job } from '@sluice/domain';
import { editsOf, rulesOf, spokenTo, type Profile, type Spoken, type WireFormat } from '@sluice/providers';
import { DIALECTS, edited, encodingOf, forRoute, members, removeMembers, type Rules } from '@sluice/wire';
import { converted, embedded, passedOn, repaired, type Answering } from './answering.ts';
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
  const spoken = spokenTo(profile, { endpoint: job.endpoint, model, body });
  switch (spoken.kind) {
    case 'own': {
      const { format } = spoken;
      const { body: own, warnings } = edited(forRoute(body, model), editsOf(profile, format, model));
      const [sent, answering] = format === 'embeddings' ? embedding(profile, own) : [own, speaking(profile)];
      return { kind: 'speech', format, body: sent, answering, warnings: warnings.map(saidOf) };
    }
    case 'converted': return convertedSpeech(tools, { job, body, model }, { ...spoken, rules: rulesOf(profile, model) });
    case 'none': return { kind: 'cannot', reason: `${profile.id} does not answer ${job.endpoint} requests for ${model}`, param: 'model' };
    default: return spoken satisfies never;
  }
}

type Converting = Extract<Spoken, { kind: 'converted' }> & { readonly rules: Rules };

async function convertedSpeech(tools: Pick<Tools, 'memory' | 'log'>, { job, body, model }: Speaking, { format, conversion, rules }: Converting): Promise<Speech> {
  const memory = await recollect(tools, job, body);
  const request = conversion.request({ text: body.toString(), model, onUnsupported: job.onUnsupported, memory, rules });
  if (request.kind === 'refused') return { kind: 'cannot', reason: saidOf(request), param: request.path };
  const answering = converted({ conversion, format, asked: body, model, rules }, job);
  return { kind: 'speech', format, body: Buffer.from(request.body), answering, warnings: request.warnings.map(saidOf) };
}

const speaking = ({ dialect }: Profile): Answering => (dialect ? repaired(DIALECTS[dialect]) : passedOn('chat'));

/** Whoever sends its vectors in one way alone is not asked for another: the client gets its own from what comes. */
function embedding({ int8Vectors }: Profile, body: Buffer): readonly [Buffer, Answering] {
  const asked = encodingOf(body.toString());
  if (!int8Vectors) return [body, embedded({ asked, strings: 'float32' })];
  return [removeMembers(body, members(body), 'encoding_format'), embedded({ asked, strings: 'int8' })];
}
