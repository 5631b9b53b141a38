/** What is said in each format that embeds texts: which texts, of how many dimensions; and in the answers, the vectors. */
import { listIn, numberIn, objectIn, parseJson, stringIn, textOf, type JsonObject } from './json.ts';

export type EmbeddingFormat = 'embeddings' | 'gemini' | 'vertex' | 'titan' | 'cohere' | 'nova';

export interface EmbeddingRequest {
  readonly texts: readonly string[];
  readonly dimensions: number | undefined;
  /** What is embedded and is no text. */
  readonly others: number;
}

export interface EmbeddingAnswer {
  /** Each as it is written: a list of numbers, or a string. */
  readonly vectors: readonly string[];
  readonly inputTokens: number | undefined;
}

interface Reader {
  request(body: JsonObject): EmbeddingRequest;
  answer(body: JsonObject): EmbeddingAnswer;
}

/** Google's members may be written with underscores. */
const either = (body: JsonObject, name: string): unknown => body[name] ?? body[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
const vectorIn = (value: unknown): string => (typeof value === 'string' ? value : textOf(listIn(value)));
const at = (value: unknown, ...path: readonly string[]): unknown => path.reduce<unknown>((inner, key) => objectIn(inner)[key], value);
const textsAlone = (texts: readonly unknown[]): Pick<EmbeddingRequest, 'texts' | 'others'> =>
  ({ texts: texts.filter((text) => typeof text === 'string'), others: texts.filter((text) => typeof text !== 'string').length });

const READERS: Readonly<Record<EmbeddingFormat, Reader>> = {
  embeddings: {
    request: (body) => ({
      ...textsAlone(typeof body['input'] === 'string' ? [body['input']] : listIn(body['input'])),
      dimensions: numberIn(body['dimensions'] ?? body['output_dimension']),
    }),
    answer: (body) => ({ vectors: listIn(body['data']).map((item) => vectorIn(at(item, 'embedding'))), inputTokens: numberIn(at(body, 'usage', 'prompt_tokens')) }),
  },
  gemini: {
    request(body) {
      const requests = (Array.isArray(body['requests']) ? listIn(body['requests']) : [body]).map(objectIn);
      const parts = requests.flatMap((request) => listIn(at(request, 'content', 'parts'))).map(objectIn);
      return { ...textsAlone(parts.map((part) => part['text'])), dimensions: numberIn(either(requests[0] ?? {}, 'outputDimensionality')) };
    },
    answer: (body) => ({
      vectors: listIn(body['embeddings']).map((item) => vectorIn(at(item, 'values'))),
      inputTokens: numberIn(at(body, 'usageMetadata', 'promptTokenCount')),
    }),
  },
  vertex: {
    request: (body) => ({
      ...textsAlone(listIn(body['instances']).map((instance) => at(instance, 'content'))), dimensions: numberIn(at(body, 'parameters', 'outputDimensionality')),
    }),
    answer(body) {
      const all = listIn(body['predictions']).map((one) => objectIn(at(one, 'embeddings')));
      const counts = all.map((one) => numberIn(at(one, 'statistics', 'token_count')));
      return { vectors: all.map(({ values }) => vectorIn(values)), inputTokens: counts.includes(undefined) ? undefined : counts.reduce<number>((sum, one) => sum + (one ?? 0), 0) };
    },
  },
  titan: {
    request: (body) => ({ ...textsAlone([body['inputText']]), dimensions: numberIn(body['dimensions']) }),
    answer: (body) => ({ vectors: [vectorIn(body['embedding'])], inputTokens: numberIn(body['inputTextTokenCount']) }),
  },
  cohere: {
    request: (body) => ({ ...textsAlone(listIn(body['texts'])), dimensions: numberIn(body['output_dimension']) }),
    answer: (body) => ({ vectors: listIn(at(body, 'embeddings', 'float') ?? body['embeddings']).map(vectorIn), inputTokens: undefined }),
  },
  nova: {
    request: (body) => ({
      ...textsAlone([at(body, 'singleEmbeddingParams', 'text', 'value')]), dimensions: numberIn(at(body, 'singleEmbeddingParams', 'embeddingDimension')),
    }),
    answer: (body) => ({ vectors: listIn(body['embeddings']).map((item) => vectorIn(at(item, 'embedding'))), inputTokens: undefined }),
  },
};

export const embeddingRequest = (format: EmbeddingFormat, text: string): EmbeddingRequest => READERS[format].request(objectIn(parseJson(text)));
export const embeddingAnswer = (format: EmbeddingFormat, text: string): EmbeddingAnswer => READERS[format].answer(objectIn(parseJson(text)));

/** What a client of OpenAI's format would have asked for the same. */
export const sayEmbedding = ({ texts, dimensions }: EmbeddingRequest): string => JSON.stringify({ model: 'm', input: texts, dimensions, encoding_format: 'float' });

/** The numbers of a vector, whichever way it is written; `bits`: of what its string is made. */
export function numbersIn(vector: string, bits: 8 | 32 = 32): readonly number[] {
  if (vector.startsWith('[')) return listIn(JSON.parse(vector)).map(Number);
  const bytes = Buffer.from(stringIn(vector), 'base64');
  if (bits === 8) return [...bytes].map((byte) => (byte > 127 ? byte - 256 : byte));
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}
