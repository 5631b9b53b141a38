/** Embeddings clients of Nova's multimodal model at Bedrock, in InvokeModel: one text a call. It counts its tokens in a header alone. */
import { oneText, READ_ELSEWHERE } from '../../formats/embeddings/read-request.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { asIs, settingsOf, type Asking } from '../../leaf/settings.ts';
import { embeddingPair } from '../embedding-pair.ts';

function request(asking: Asking): JsonFields {
  const text = oneText(asking.root, 'Nova', asking.notes);
  const settings = settingsOf(asking, { ...READ_ELSEWHERE, dimensions: asIs('embeddingDimension'), embedding_purpose: asIs('embeddingPurpose') });
  return {
    taskType: 'SINGLE_EMBEDDING',
    singleEmbeddingParams: { embeddingPurpose: 'GENERIC_INDEX', text: { truncationMode: 'END', value: text ? raw(text) : '' }, ...settings },
  };
}

export const embeddingsNova = embeddingPair({
  request,
  found: (answer) => ({ vectors: answer.texts('embeddings', '[]', 'embedding'), inputTokens: undefined }),
});
