/** Embeddings clients of Titan, in InvokeModel: one text a call. */
import { oneText, READ_ELSEWHERE } from '../../formats/embeddings/read-request.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { asIs, settingsOf, type Asking } from '../../leaf/settings.ts';
import { embeddingPair } from '../embedding-pair.ts';

function request(asking: Asking): JsonFields {
  const text = oneText(asking.root, 'Titan', asking.notes);
  return { inputText: text ? raw(text) : '', ...settingsOf(asking, { ...READ_ELSEWHERE, dimensions: asIs('dimensions'), normalize: asIs('normalize') }) };
}

export const embeddingsTitan = embeddingPair({
  request,
  found: (answer) => ({ vectors: answer.texts('embedding'), inputTokens: answer.sum('inputTextTokenCount') }),
});
