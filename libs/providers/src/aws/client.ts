/** Calls of Bedrock's runtime: `/model/NAME/OPERATION`. The name may be an address of AWS' own (ARN), colons, slashes and all. */
import { posted, withHeaders, type Addressed, type Outgoing, type Place } from '../address.ts';
import type { WireFormat } from '../provider.ts';

export function operation(call: Pick<Outgoing, 'model' | 'stream' | 'body'>, { baseUrl }: Place, name: string): Addressed {
  const accept = call.stream ? 'application/vnd.amazon.eventstream' : 'application/json';
  return withHeaders(posted(baseUrl, `/model/${encodeURIComponent(call.model)}/${name}`, call), { accept });
}

const EMBEDDINGS: readonly WireFormat[] = ['titan-embeddings', 'cohere-embeddings', 'nova-embeddings'];

/** Embedding models take what they like, through InvokeModel. */
export const embeddingAddress = (call: Outgoing, place: Place): Addressed | undefined =>
  (EMBEDDINGS.includes(call.format) ? operation({ ...call, stream: false }, place, 'invoke') : undefined);
