import { embeddingAddress, operation } from '../aws/client.ts';
import type { Provider } from '../provider.ts';

/** Counting takes the request one level down. */
export const addressOf: Provider['addressOf'] = (call, place) => {
  if (call.format !== 'converse') return embeddingAddress(call, place);
  if (call.purpose === 'answer') return operation(call, place, call.stream ? 'converse-stream' : 'converse');
  const body = Buffer.concat([Buffer.from('{"input":{"converse":'), call.body, Buffer.from('}}')]);
  return operation({ ...call, body, stream: false }, place, 'count-tokens');
};
