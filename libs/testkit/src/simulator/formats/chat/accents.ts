/**
 * How those who copied OpenAI's Chat Completions deviate from it, as their traffic shows: an answer in OpenAI's own words is said
 * again as each of them would. Clients that hear it straight have to cope; those behind a gateway should not.
 */
import { objectOf, listOf, type Json } from '../read.ts';

export interface Accent {
  /** Says its usage in a stream whether or not it was asked to. */
  readonly alwaysSaysUsage: boolean;
  readonly whole: (answer: Json) => Json;
  /** A whole stream, without its end; a text is a comment. */
  readonly chunks: (chunks: readonly Json[]) => readonly (Json | string)[];
  readonly endsWithDone: boolean;
}

const PLAIN: Accent = { alwaysSaysUsage: false, whole: (answer) => answer, chunks: (chunks) => chunks, endsWithDone: true };

const choiceOf = (chunk: Json): Json => objectOf(listOf(chunk['choices'])[0]);
const deltaOf = (chunk: Json): Json => objectOf(choiceOf(chunk)['delta']);
const callsIn = (chunk: Json): readonly Json[] => listOf(deltaOf(chunk)['tool_calls']).map(objectOf);
const isUsageAlone = (chunk: Json): boolean => listOf(chunk['choices']).length === 0;
const withChoice = (chunk: Json, more: Json): Json => ({ ...chunk, choices: [{ ...choiceOf(chunk), ...more }] });
const withDelta = (chunk: Json, delta: Json): Json => withChoice(chunk, { delta });
const usageIn = (chunks: readonly Json[]): unknown => chunks.find(isUsageAlone)?.['usage'];

interface Joining {
  /** Does a call say its place? */
  readonly indexed: boolean;
  readonly id: (id: string) => string;
}

/** Every call whole, all of them in one chunk, where the first of their pieces stood. */
function joined(chunks: readonly Json[], { indexed, id }: Joining): readonly Json[] {
  const calls = new Map<unknown, { readonly id: unknown; readonly name: unknown; arguments: string }>();
  for (const call of chunks.flatMap(callsIn)) {
    const { name, arguments: piece = '' } = objectOf(call['function']);
    const known = calls.get(call['index']) ?? { id: call['id'], name, arguments: '' };
    known.arguments += String(piece);
    calls.set(call['index'], known);
  }
  const whole = [...calls].map(([index, call]) => ({
    ...(indexed ? { index } : {}), id: id(String(call.id)), type: 'function', function: { name: call.name, arguments: call.arguments },
  }));
  const first = chunks.findIndex((chunk) => callsIn(chunk).length > 0);
  return chunks.flatMap((chunk, at) => {
    if (callsIn(chunk).length === 0) return [chunk];
    return at === first ? [withDelta(chunk, { ...deltaOf(chunk), tool_calls: whole })] : [];
  });
}

const AS_IS: Joining = { indexed: true, id: (id) => id };
const finishing = (chunks: readonly Json[], more: (chunk: Json) => Json): readonly Json[] =>
  chunks.map((chunk) => (choiceOf(chunk)['finish_reason'] ? more(chunk) : chunk));
const stopping = (chunks: readonly Json[]): readonly Json[] => finishing(chunks, (chunk) => withChoice(chunk, { finish_reason: 'stop' }));

const messageOf = (answer: Json): Json => objectOf(choiceOf(answer)['message']);
const callsRenamed = (answer: Json, id: (id: string) => string): Json => {
  const message = messageOf(answer);
  const calls = listOf(message['tool_calls']).map(objectOf);
  return calls.length === 0 ? answer : withChoice(answer, { message: { ...message, tool_calls: calls.map((call) => ({ ...call, id: id(String(call['id'])) })) } });
};

/** Thoughts are in the total alone; ids are empty; every chunk has the usage so far, none has nothing else. */
const gemini: Accent = {
  ...PLAIN, alwaysSaysUsage: true,
  whole: (answer) => callsRenamed(answer, () => ''),
  chunks(chunks) {
    const usage = usageIn(chunks);
    const said = joined(chunks.filter((chunk) => !isUsageAlone(chunk)), { indexed: false, id: () => '' });
    return stopping(said).map((chunk) => ({ ...chunk, usage }));
  },
};

/** Its ids have nine characters; calls come whole, together with the end and the usage. */
export const mistralId = (id: string): string => id.replace(/[^A-Za-z0-9]/g, '').slice(-9);
const mistral: Accent = {
  ...PLAIN, alwaysSaysUsage: true,
  whole: (answer) => {
    const renamed = callsRenamed(answer, mistralId);
    const message = messageOf(renamed);
    return withChoice(renamed, { message: { ...message, content: message['content'] ?? '', tool_calls: message['tool_calls'] ?? null } });
  },
  chunks(chunks) {
    const usage = usageIn(chunks);
    const said = joined(chunks.filter((chunk) => !isUsageAlone(chunk)), { indexed: false, id: mistralId });
    const calls = said.find((chunk) => callsIn(chunk).length > 0);
    const rest = calls ? said.filter((chunk) => chunk !== calls) : said;
    return finishing(rest, (chunk) => ({ ...withDelta(chunk, calls ? deltaOf(calls) : { content: '' }), usage, p: 'abcdef' }));
  },
};

/** Its own object repeats the usage, in a stream beside OpenAI's where that is asked for; each call comes whole. */
const groq: Accent = {
  ...PLAIN, alwaysSaysUsage: true,
  whole: (answer) => ({ ...answer, usage_breakdown: null, x_groq: { id: 'req_simulated' } }),
  chunks(chunks) {
    const usage = usageIn(chunks);
    return finishing(joined(chunks, AS_IS), (chunk) => ({ ...chunk, usage, x_groq: { id: 'req_simulated', usage } }));
  },
};

/** Comments while it looks for somebody, a role in every chunk, and a usage chunk that has a choice. */
const openrouter: Accent = {
  ...PLAIN, alwaysSaysUsage: true,
  whole: (answer) => withChoice({ ...answer, provider: 'Simulated' }, { native_finish_reason: choiceOf(answer)['finish_reason'] }),
  chunks(chunks) {
    const said = chunks.map((chunk) => (isUsageAlone(chunk)
      ? { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null, native_finish_reason: null }] }
      : withChoice(chunk, { delta: { role: 'assistant', ...deltaOf(chunk) }, native_finish_reason: choiceOf(chunk)['finish_reason'] })));
    return [': OPENROUTER PROCESSING', ': OPENROUTER PROCESSING', ...said.map((chunk) => ({ ...chunk, provider: 'Simulated' }))];
  },
};

/** Every chunk repeats the text and the usage so far; the last is of a kind of its own, and nothing says that it was. */
const perplexity: Accent = {
  ...PLAIN, alwaysSaysUsage: true, endsWithDone: false,
  whole: (answer) => ({ ...answer, citations: ['https://example.com/'], search_results: [] }),
  chunks(chunks) {
    const usage = usageIn(chunks);
    let content = '';
    const said = chunks.filter((chunk) => !isUsageAlone(chunk)).map((chunk) => {
      content += String(deltaOf(chunk)['content'] ?? '');
      const finished = Boolean(choiceOf(chunk)['finish_reason']);
      return {
        ...withChoice(chunk, { message: { role: 'assistant', content } }), usage, citations: ['https://example.com/'], search_results: [],
        object: finished ? 'chat.completion.done' : 'chat.completion.chunk',
      };
    });
    return [': ping - 2026-01-01 00:00:00', ...said];
  },
};

/** Calls whole and without a place, behind them an end as if there had been none, which names the speaker again. */
const ollama: Accent = {
  ...PLAIN,
  chunks: (chunks) => finishing(stopping(joined(chunks, { ...AS_IS, indexed: false })), (chunk) => withDelta(chunk, { role: 'assistant', content: '' })),
};

/** The name of a call is repeated as an empty text in each of its pieces. */
const lmstudio: Accent = {
  ...PLAIN,
  whole: (answer) => ({ ...answer, stats: {} }),
  chunks: (chunks) => stopping(chunks).map((chunk) => {
    const calls = callsIn(chunk);
    if (calls.length === 0) return chunk;
    const said = calls.map((call) => ({ ...call, type: 'function', function: { name: '', ...objectOf(call['function']) } }));
    return withDelta(chunk, { ...deltaOf(chunk), tool_calls: said });
  }),
};

export const ACCENTS = { gemini, mistral, groq, openrouter, perplexity, ollama, lmstudio } as const satisfies Record<string, Accent>;
