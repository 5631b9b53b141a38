/** Embeddings in every format that has them: OpenAI's, Gemini's, Vertex' `predict`, Titan's and Cohere's at Bedrock. */
import type { Failure } from '../../manners/manner.ts';
import { randomId } from '../../random.ts';
import { textTokens } from '../../tokens.ts';
import type { Given, Prepared, WireFormat } from '../format.ts';
import { memberOf } from '../gemini/request.ts';
import { Invalid, isObject, listOf, objectOf, prepared, textIn, wholeIn, type Json } from '../read.ts';
import { SERVER_ERROR } from '../../manners/openai.ts';
import { packed, vectorOf } from './vector.ts';

/** What one format asks, and how it says the answer. */
interface Reading {
  readonly model: string;
  readonly texts: readonly string[];
  readonly dimensions: number;
  /** `tokens`: of all texts. */
  readonly write: (vectors: readonly (readonly number[])[], tokens: number) => object;
}

function embeddingFormat(id: string, read: (json: Json, given: Given) => Reading): WireFormat {
  return {
    id,
    prepare: (json, given) => prepared(() => answerOf(read(objectOf(json), given), id)),
    errorEvent: () => JSON.stringify({ error: SERVER_ERROR }),
  };
}

function answerOf({ model, texts, dimensions, write }: Reading, id: string): Prepared | Failure {
  if (texts.length === 0) throw new Invalid('input is empty', 'input');
  const inputTokens = texts.reduce((sum, text) => sum + Math.max(1, textTokens(text)), 0);
  const headers = id.startsWith('bedrock') ? { 'x-amzn-bedrock-input-token-count': String(inputTokens) } : {};
  return {
    model, stream: false, contentType: 'application/json', headers, inputTokens, outputTokens: 0, maxOutputTokens: 0,
    body: () => JSON.stringify(write(texts.map((text) => vectorOf(text, dimensions)), inputTokens)),
    events: () => [],
  };
}

export const embeddingsFormat = embeddingFormat('embeddings', (json, { address }) => {
  const model = textIn(json['model']) ?? address.model;
  if (!model) throw new Invalid('you must provide a model parameter', 'model');
  const format = json['encoding_format'] ?? 'float';
  if (format !== 'float' && format !== 'base64') {
    throw new Invalid(`'${String(format)}' is not one of ['float', 'base64'] - 'encoding_format'`, 'encoding_format');
  }
  return {
    model,
    texts: textsOf(json['input']),
    dimensions: wholeIn(json, 'dimensions') ?? (model.includes('3-large') ? 3_072 : 1_536),
    write: (vectors, tokens) => ({
      object: 'list',
      data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: format === 'base64' ? packed(vector) : vector })),
      model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    }),
  };
});

/** A text, texts, tokens or lists of tokens. */
function textsOf(input: unknown): string[] {
  if (typeof input === 'string') return [input];
  const list = listOf(input);
  if (list.every((item) => typeof item === 'number')) return list.length > 0 ? [JSON.stringify(list)] : [];
  return list.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
}

const textOf = (parts: readonly unknown[]): string => parts.map((part) => textIn(objectOf(part)['text']) ?? JSON.stringify(part)).join('\n');

const DIMENSIONS = 768;

/** `embedContent` has one content, `batchEmbedContents` a list of requests. */
export const geminiEmbeddingsFormat = embeddingFormat('gemini-embeddings', (json, { address }) => {
  const many = Array.isArray(json['requests']);
  const requests = (many ? listOf(json['requests']) : [json]).map(objectOf);
  const contents = requests.map(({ content }) => textOf(listOf(objectOf(content)['parts'])));
  const asked = memberOf(requests[0] ?? {}, 'outputDimensionality');
  return {
    model: address.model ?? '',
    texts: contents,
    dimensions: typeof asked === 'number' ? asked : 3_072,
    write: (vectors, tokens) => ({
      ...(many ? { embeddings: vectors.map((values) => ({ values })) } : { embedding: { values: vectors[0] } }),
      usageMetadata: { promptTokenCount: tokens },
    }),
  };
});

export const vertexEmbeddingsFormat = embeddingFormat('vertex-embeddings', (json, { address }) => {
  const asked = objectOf(json['parameters'])['outputDimensionality'];
  const texts = listOf(json['instances']).map((instance) => String(objectOf(instance)['content'] ?? ''));
  return {
    model: address.model ?? '',
    texts,
    dimensions: typeof asked === 'number' ? asked : DIMENSIONS,
    write: (vectors) => ({
      predictions: vectors.map((values, n) => ({
        embeddings: { values, statistics: { truncated: false, token_count: Math.max(1, textTokens(texts[n] ?? '')) } },
      })),
      metadata: { billableCharacterCount: texts.join('').length },
    }),
  };
});

/** Titan and Nova embed one text, Cohere a list; which is meant shows in the body. */
export const bedrockEmbeddingsFormat = embeddingFormat('bedrock-embeddings', (json, { address, seed, call }) => {
  const model = address.model ?? '';
  const text = textIn(json['inputText']);
  if (text !== null) {
    return {
      model, texts: [text], dimensions: wholeIn(json, 'dimensions') ?? 1_024,
      write: ([embedding], inputTextTokenCount) => ({ embedding, embeddingsByType: { float: embedding }, inputTextTokenCount }),
    };
  }
  const params = json['singleEmbeddingParams'];
  if (isObject(params)) {
    const value = textIn(objectOf(params['text'])['value']) ?? '';
    return {
      model, texts: [value], dimensions: wholeIn(params, 'embeddingDimension') ?? 1_024,
      write: ([embedding]) => ({ embeddings: [{ embeddingType: 'TEXT', embedding }] }),
    };
  }
  const texts = textsOf(json['texts']);
  const byType = Array.isArray(json['embedding_types']);
  return {
    model, texts, dimensions: wholeIn(json, 'output_dimension') ?? 1_024,
    write: (vectors) => ({
      id: randomId(36, 'embedding', seed, call), texts,
      response_type: byType ? 'embeddings_by_type' : 'embeddings_floats',
      embeddings: byType ? { float: vectors } : vectors,
    }),
  };
});

/** Is this body of InvokeModel one of an embedding model? */
export const isBedrockEmbedding = (json: unknown): boolean => isObject(json) && ('inputText' in json || 'texts' in json || 'singleEmbeddingParams' in json);
