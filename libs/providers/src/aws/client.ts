/** Calls of Bedrock's runtime: `/model/NAME/OPERATION`. The name may be an address of AWS' own (ARN), colons, slashes and all. */
import { posted, withHeaders, type Addressed, type Outgoing, type Place } from '../address.ts';

export function operation(call: Pick<Outgoing, 'model' | 'stream' | 'body'>, { baseUrl }: Place, name: string): Addressed {
  const accept = call.stream ? 'application/vnd.amazon.eventstream' : 'application/json';
  return withHeaders(posted(baseUrl, `/model/${encodeURIComponent(call.model)}/${name}`, call), { accept });
}

/** Embedding models take what they like, through InvokeModel. */
export const embeddingAddress = (call: Outgoing, place: Place): Addressed | undefined =>
  (call.format === 'titan-embeddings' || call.format === 'cohere-embeddings' ? operation({ ...call, stream: false }, place, 'invoke') : undefined);
