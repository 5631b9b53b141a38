/** Embeddings clients of Cohere's models at Bedrock, in InvokeModel. It counts its tokens in a header alone. */
import { READ_ELSEWHERE, textsOf } from '../../formats/embeddings/read-request.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { asIs, settingsOf, type Asking } from '../../leaf/settings.ts';
import { embeddingPair } from '../embedding-pair.ts';

/** What vectors are for has to be said; texts that are kept to be found is what most are. */
const USUAL = { input_type: 'search_document' };

function request(asking: Asking): JsonFields {
  const settings = settingsOf(asking, { ...READ_ELSEWHERE, dimensions: asIs('output_dimension'), input_type: asIs('input_type'), truncate: asIs('truncate') });
  return { texts: textsOf(asking.root, 'Cohere', asking.notes).map(raw), ...USUAL, ...settings };
}

/** A list of vectors, or one for each type of number that was asked for. */
export const embeddingsCohere = embeddingPair({
  request,
  found(answer) {
    const byType = answer.texts('embeddings', 'float', '[]');
    return { vectors: byType.length > 0 ? byType : answer.texts('embeddings', '[]'), inputTokens: undefined };
  },
});
