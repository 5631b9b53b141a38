import { rewrapped } from '../address.ts';
import { embeddingAddress, operation } from '../aws/client.ts';
import type { Outgoing } from '../address.ts';
import type { Provider } from '../provider.ts';

/** Model and streaming are in the path; version and betas in the body instead of headers. */
export const addressOf: Provider['addressOf'] = (call, place) => {
  if (call.format !== 'messages') return embeddingAddress(call, place);
  const body = rewrapped(call.body, ['model', 'stream'], { anthropic_version: 'bedrock-2023-05-31', ...betas(call) });
  if (call.purpose === 'answer') return operation({ ...call, body }, place, call.stream ? 'invoke-with-response-stream' : 'invoke');
  const counted = JSON.stringify({ input: { invokeModel: { body: withMaximum(body).toString('base64') } } });
  return operation({ ...call, body: Buffer.from(counted), stream: false }, place, 'count-tokens');
};

/** What is counted must be a request that could be made; its maximum does not change the count. */
const withMaximum = (body: Buffer): Buffer => rewrapped(body, [], { max_tokens: 1 });

function betas({ headers }: Outgoing): Record<string, readonly string[]> {
  const names = headers['anthropic-beta']?.split(',').map((name) => name.trim()).filter((name) => name !== '') ?? [];
  return names.length > 0 ? { anthropic_beta: names } : {};
}
