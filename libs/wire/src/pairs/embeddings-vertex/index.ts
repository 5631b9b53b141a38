/** Embeddings clients of Vertex' `predict`. */
import { READ_ELSEWHERE, textsOf } from '../../formats/embeddings/read-request.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { asIs, settingsOf, type Asking } from '../../leaf/settings.ts';
import { embeddingPair } from '../embedding-pair.ts';

function request(asking: Asking): JsonFields {
  const { outputDimensionality, autoTruncate, ...ofEach } = settingsOf(asking, {
    ...READ_ELSEWHERE, dimensions: asIs('outputDimensionality'), auto_truncate: asIs('autoTruncate'), task_type: asIs('task_type'), title: asIs('title'),
  });
  const hasParameters = outputDimensionality !== undefined || autoTruncate !== undefined;
  return {
    instances: textsOf(asking.root, 'Vertex', asking.notes).map((text) => ({ content: raw(text), ...ofEach })),
    parameters: hasParameters ? { outputDimensionality, autoTruncate } : undefined,
  };
}

/** It counts each text by itself. */
export const embeddingsVertex = embeddingPair({
  request,
  found: (answer) => ({
    vectors: answer.texts('predictions', '[]', 'embeddings', 'values'),
    inputTokens: answer.sum('predictions', '[]', 'embeddings', 'statistics', 'token_count'),
  }),
});
