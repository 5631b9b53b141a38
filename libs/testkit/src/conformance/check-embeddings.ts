/** C1, C2 and C4 for embeddings: the same texts asked for, the same vectors given, in either encoding. */
import { asAsked, forRoute, PLAIN_RULES, type ConvertedRequest, type Refused } from '@sluice/wire';
import { embeddingAnswer, embeddingRequest, numbersIn, sayEmbedding, type EmbeddingFormat } from '../facts/embeddings.ts';
import type { Exchange } from '../recordings/exchange.ts';
import { providerIdOf } from './check-error.ts';
import { checkOwn } from './check-own.ts';
import { embeddingFormatOf, type Embedder } from './embedders.ts';
import { excluded, guarded, verdictOf, type Verdict } from './verdict.ts';

interface Judged {
  readonly check: string;
  readonly target: string;
  readonly verdict: Verdict;
}

export function embeddingLines(exchange: Exchange, embedders: readonly Embedder[]): readonly Judged[] {
  const format = embeddingFormatOf(exchange);
  const { request, response } = exchange;
  if (format === undefined) return [{ check: 'C2', target: exchange.wire, verdict: excluded('no target') }];
  if (response.status !== 200) return [{ check: 'C2', target: format, verdict: excluded('a request that its own API refused') }];
  const text = request.bodyText ?? '';
  const answer = response.body.toString('utf8');
  if (format === 'embeddings') {
    const bits = providerIdOf(exchange) === 'perplexity' ? 8 : 32;
    return [
      { check: 'C1', target: 'embeddings → embeddings', verdict: guarded(() => checkOwn((body, model) => forRoute(Buffer.from(body), model).toString('utf8'), text)) },
      { check: 'C4', target: 'embeddings ← embeddings', verdict: guarded(() => verdictOf(ownProblems(answer, bits))) },
    ];
  }
  const target = embedders.find(({ to }) => to === format);
  if (!target) return [{ check: 'C2', target: format, verdict: excluded('no target') }];
  return [
    { check: 'C2', target: `embeddings → ${format}, said`, verdict: guarded(() => requestVerdict(target, text)) },
    { check: 'C4', target: `embeddings ← ${format}`, verdict: guarded(() => verdictOf(answerProblems(target, answer))) },
  ];
}

function requestVerdict({ to, conversion }: Embedder, text: string): Verdict {
  const said = embeddingRequest(to, text);
  if (said.others > 0) return excluded('no client of Embeddings can ask for what is no text');
  const input = { text: sayEmbedding(said), model: 'the-model', onUnsupported: 'refuse', memory: new Map(), rules: PLAIN_RULES } as const;
  return verdictOf(requestProblems(to, said, conversion.request(input)));
}

function requestProblems(to: EmbeddingFormat, said: ReturnType<typeof embeddingRequest>, made: ConvertedRequest | Refused): readonly string[] {
  if (made.kind === 'refused') return [`refused ${made.path}: ${made.reason}`];
  const arrived = embeddingRequest(to, made.body);
  return [
    ...(JSON.stringify(arrived.texts) === JSON.stringify(said.texts) ? [] : ['the texts are not the same']),
    ...(arrived.dimensions === said.dimensions ? [] : [`${said.dimensions} dimensions became ${arrived.dimensions}`]),
    ...made.warnings.map(({ path }) => `a warning about ${path}, and nothing was lost`),
  ];
}

const input = (encoding: 'float' | 'base64') =>
  ({ asked: `{"encoding_format":"${encoding}"}`, model: 'the-model', id: 'abcdefgh12345678', createdAt: 1_760_000_000, rules: PLAIN_RULES });

function answerProblems({ to, conversion }: Embedder, text: string): readonly string[] {
  const given = embeddingAnswer(to, text);
  const float = embeddingAnswer('embeddings', conversion.response({ ...input('float'), text }).body);
  const base64 = embeddingAnswer('embeddings', conversion.response({ ...input('base64'), text }).body);
  return [
    ...(given.vectors.length > 0 ? [] : ['there are no vectors']),
    ...(JSON.stringify(float.vectors) === JSON.stringify(given.vectors) ? [] : ['the vectors are not written as they were']),
    ...packedProblems(given.vectors, base64.vectors),
    ...(float.inputTokens === (given.inputTokens ?? 0) ? [] : [`${given.inputTokens} tokens became ${float.inputTokens}`]),
  ];
}

/** Of the provider's own answer, asked for in either encoding. */
function ownProblems(text: string, bits: 8 | 32): readonly string[] {
  const strings = bits === 8 ? 'int8' : 'float32';
  const given = embeddingAnswer('embeddings', text);
  const numbers = given.vectors.map((vector) => JSON.stringify(numbersIn(vector, bits)));
  const float = embeddingAnswer('embeddings', asAsked(Buffer.from(text), { asked: 'float', strings }).toString());
  const base64 = embeddingAnswer('embeddings', asAsked(Buffer.from(text), { asked: 'base64', strings }).toString());
  return [
    ...(given.vectors.length > 0 ? [] : ['there are no vectors']),
    ...(float.vectors.every((vector, index) => vector.startsWith('[') && JSON.stringify(JSON.parse(vector)) === numbers[index]) ? [] : ['as floats they are not the same']),
    ...packedProblems(numbers, base64.vectors),
    ...(float.inputTokens === given.inputTokens ? [] : ['the tokens are not the same']),
  ];
}

/** As 32-bit floats they are the nearest to what was given. */
function packedProblems(given: readonly string[], packed: readonly string[]): readonly string[] {
  const isSame = (vector: string, index: number): boolean =>
    !vector.startsWith('[') && JSON.stringify(numbersIn(vector)) === JSON.stringify(numbersIn(given[index] ?? '[]').map(Math.fround));
  return packed.length === given.length && packed.every(isSame) ? [] : ['in base64 they are not the same'];
}
