/** Embeddings clients of Gemini's own `batchEmbedContents`. */
import { READ_ELSEWHERE, textsOf } from '../../formats/embeddings/read-request.ts';
import { raw, type JsonFields } from '../../leaf/json-write.ts';
import { asIs, settingsOf, type Asking } from '../../leaf/settings.ts';
import { embeddingPair } from '../embedding-pair.ts';

/** Each text is a request of its own, that says the model again. */
function request(asking: Asking, model: string): JsonFields {
  const settings = settingsOf(asking, { ...READ_ELSEWHERE, dimensions: asIs('outputDimensionality'), task_type: asIs('taskType'), title: asIs('title') });
  const named = `models/${model.replace(/^models\//, '')}`;
  return {
    requests: textsOf(asking.root, 'Gemini', asking.notes).map((text) => ({ model: named, content: { parts: [{ text: raw(text) }] }, ...settings })),
  };
}

export const embeddingsGemini = embeddingPair({
  request,
  found: (answer) => ({ vectors: answer.texts('embeddings', '[]', 'values'), inputTokens: answer.sum('usageMetadata', 'promptTokenCount') }),
});
