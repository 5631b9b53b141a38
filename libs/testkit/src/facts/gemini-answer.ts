/** The facts of a native Gemini answer: a body, a stream of bodies as SSE, or as one JSON array. */
import { finishFact, modelFact, sumOf, usageFact } from './ending.ts';
import { sseEvents } from './events.ts';
import type { Fact } from './fact.ts';
import { partsFacts } from './gemini.ts';
import { isObject, listIn, numberIn, objectIn, parseJson, stringIn, type JsonObject } from './json.ts';

/** @throws SyntaxError when the text is no JSON */
export function geminiAnswer(text: string): readonly Fact[] {
  const body = parseJson(text);
  return bodyFacts(Array.isArray(body) ? joined(body.map(objectIn)) : objectIn(body));
}

export const geminiStream = (bytes: Buffer): readonly Fact[] => bodyFacts(geminiWhole(bytes));

/** The body that the stream's bodies make. */
export const geminiWhole = (bytes: Buffer): JsonObject => joined(sseEvents(bytes).map(({ data }) => objectIn(parseJson(data))));

function bodyFacts(body: JsonObject): readonly Fact[] {
  const blocked = objectIn(body['promptFeedback'])['blockReason'];
  return [
    ...listIn(body['candidates']).flatMap((candidate, index) => candidateFacts(objectIn(candidate), index)),
    ...(typeof blocked === 'string' ? [finishFact('promptFeedback.blockReason', 'SAFETY')] : []),
    ...modelFact('modelVersion', body['modelVersion']),
    ...googleUsage('usageMetadata', objectIn(body['usageMetadata'])),
  ];
}

function candidateFacts(candidate: JsonObject, index: number): readonly Fact[] {
  const path = `candidates[${index}]`;
  const said = partsFacts(objectIn(candidate['content'])['parts'] ?? [], `${path}.content.parts`, 'assistant');
  // The format has no reason for calls.
  const reason = candidate['finishReason'] === 'STOP' && said.some(({ kind }) => kind === 'call') ? 'tool_calls' : candidate['finishReason'];
  return [
    ...(index === 0 ? [] : [{ path, kind: 'choice', index } as const]),
    ...said,
    ...citationFacts(objectIn(candidate['groundingMetadata']), `${path}.groundingMetadata`, said.map((fact) => (fact.kind === 'text' ? fact.text : '')).join('')),
    ...listIn(objectIn(candidate['logprobsResult'])['chosenCandidates']).map((token, at): Fact => ({
      path: `${path}.logprobsResult.chosenCandidates[${at}]`, kind: 'logprob', token: stringIn(objectIn(token)['token']),
      logprob: numberIn(objectIn(token)['logProbability']) ?? 0,
    })),
    finishFact(`${path}.finishReason`, reason),
  ];
}

/** One for each source of each piece of text that has some. Places in the text are counted in bytes. */
function citationFacts(grounding: JsonObject, path: string, text: string): readonly Fact[] {
  const bytes = Buffer.from(text);
  const characters = (at: unknown, otherwise: number | null) => (typeof at === 'number' ? bytes.toString('utf8', 0, at).length : otherwise);
  const sources = listIn(grounding['groundingChunks']).map((chunk) => stringIn(objectIn(objectIn(chunk)['web'])['uri']));
  return listIn(grounding['groundingSupports']).flatMap((value, index) => {
    const support = objectIn(value);
    const segment = objectIn(support['segment']);
    return listIn(support['groundingChunkIndices']).flatMap((at): readonly Fact[] => {
      const url = sources[numberIn(at) ?? -1];
      const span = { start: characters(segment['startIndex'], 0), end: characters(segment['endIndex'], null) };
      return url ? [{ path: `${path}.groundingSupports[${index}]`, kind: 'citation', url, ...span }] : [];
    });
  });
}

function googleUsage(path: string, usage: JsonObject): readonly Fact[] {
  const reasoning = numberIn(usage['thoughtsTokenCount']);
  return usageFact(path, {
    input: sumOf(numberIn(usage['promptTokenCount']), numberIn(usage['toolUsePromptTokenCount'])),
    output: sumOf(numberIn(usage['candidatesTokenCount']), reasoning),
    cacheRead: numberIn(usage['cachedContentTokenCount']), reasoning,
  });
}

/** Every body brings some parts of each candidate; all else is the last that was told. */
function joined(bodies: readonly JsonObject[]): JsonObject {
  const candidates = new Map<number, JsonObject>();
  let whole: JsonObject = {};
  for (const { candidates: pieces, ...rest } of bodies) {
    whole = { ...whole, ...rest };
    for (const value of listIn(pieces)) {
      const piece = objectIn(value);
      const index = numberIn(piece['index']) ?? 0;
      candidates.set(index, withPiece(candidates.get(index) ?? {}, piece));
    }
  }
  return { ...whole, candidates: [...candidates.entries()].sort(([a], [b]) => a - b).map(([, candidate]) => candidate) };
}

function withPiece(before: JsonObject, piece: JsonObject): JsonObject {
  const parts = listIn(objectIn(piece['content'])['parts']).map(objectIn).reduce(withPart, listIn(objectIn(before['content'])['parts']).map(objectIn));
  return { ...before, ...piece, content: { role: 'model', parts } };
}

/** Text goes on where the same kind of text stood before; a signature closes its part. */
function withPart(parts: readonly JsonObject[], part: JsonObject): readonly JsonObject[] {
  const last = parts.at(-1);
  const goesOn = isText(last) && isText(part) && last['thought'] === part['thought'] && last['thoughtSignature'] === undefined;
  if (!goesOn) return [...parts, part];
  return [...parts.slice(0, -1), { ...last, ...part, text: stringIn(last['text']) + stringIn(part['text']) }];
}

const isText = (part: JsonObject | undefined): part is JsonObject => isObject(part) && typeof part['text'] === 'string';
