/** An answer as Chat Completions JSON: one body, or chunks as OpenAI streams them. */
import type { SaidUsage } from '../../faults/rule.ts';
import { hash, randomId } from '../../random.ts';
import type { Given, StreamEvent } from '../format.ts';
import type { ChatCall, ChatChoice } from './answer.ts';
import type { ChatRequest } from './request.ts';

const FINGERPRINT = 'fp_5115000000';
export const DONE = 'data: [DONE]\n\n';

const usageOf = ({ choices, cachedTokens }: ChatAnswer, { inputTokens, outputTokens }: SaidUsage): object => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
  prompt_tokens_details: { cached_tokens: Math.min(cachedTokens, inputTokens), audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: Math.min(outputTokens, choices.reduce((sum, choice) => sum + choice.thoughtTokens, 0)),
    audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0,
  },
});

const completionId = (given: Given): string => `chatcmpl-${randomId(29, 'completion', given.seed, given.call)}`;
const created = (given: Given): number => Math.floor(given.now / 1_000);

const LOGPROB = -0.105;
const logprobsOf = (words: readonly string[]): object => ({
  content: words.map((token) => ({ token, logprob: LOGPROB, bytes: [...Buffer.from(token)], top_logprobs: [] })),
  refusal: null,
});

const callOf = (call: ChatCall): object =>
  ({ id: call.id, type: 'function', function: { name: call.name, arguments: call.argumentPieces.join('') } });

export interface ChatAnswer {
  readonly request: ChatRequest;
  readonly given: Given;
  readonly choices: readonly ChatChoice[];
  readonly cachedTokens: number;
}

export function writeBody(answer: ChatAnswer, usage: SaidUsage | null): string {
  const { request, given, choices } = answer;
  return JSON.stringify({
    id: completionId(given),
    object: 'chat.completion',
    created: created(given),
    model: request.model,
    choices: choices.map((choice, index) => ({
      index,
      message: {
        role: 'assistant',
        content: choice.words?.join('') ?? null,
        ...(choice.calls.length > 0 ? { tool_calls: choice.calls.map(callOf) } : {}),
        refusal: null,
        annotations: [],
      },
      logprobs: request.logprobs && choice.words ? logprobsOf(choice.words) : null,
      finish_reason: choice.finish,
    })),
    ...(usage === null ? {} : { usage: usageOf(answer, usage) }),
    service_tier: 'default',
    system_fingerprint: FINGERPRINT,
  });
}

interface Delta {
  readonly index: number;
  readonly delta: object;
  readonly finish: string | null;
  readonly words: readonly string[];
  readonly tokens: number;
}

/** Every event of the stream. Usage is said only when it was asked for, last and without choices. */
export function writeEvents(answer: ChatAnswer, usage: SaidUsage | null): StreamEvent[] {
  const { request, given, choices } = answer;
  const head = `data: {"id":"${completionId(given)}","object":"chat.completion.chunk","created":${created(given)}`
    + `,"model":${JSON.stringify(request.model)},"service_tier":"default","system_fingerprint":"${FINGERPRINT}","choices":[`;
  const noUsage = request.includeUsage ? ',"usage":null' : '';
  const events = interleaved(choices.map(deltasOf)).map(({ index, delta, finish, words, tokens }, n): StreamEvent => {
    const logprobs = request.logprobs && words.length > 0 ? JSON.stringify(logprobsOf(words)) : 'null';
    const choice =
      `{"index":${index},"delta":${JSON.stringify(delta)},"logprobs":${logprobs},"finish_reason":${JSON.stringify(finish)}}`;
    return { data: `${head}${choice}]${noUsage}${obfuscation(request, n)}}\n\n`, tokens };
  });
  if (request.includeUsage && usage) {
    events.push({
      data: `${head}],"usage":${JSON.stringify(usageOf(answer, usage))}${obfuscation(request, events.length)}}\n\n`, tokens: 0,
    });
  }
  return [...events, { data: DONE, tokens: 0 }];
}

const PADDING = randomId(16, 'padding');

/** OpenAI pads chunks at random, so that their sizes do not tell the words. */
const obfuscation = (request: ChatRequest, n: number): string =>
  (request.includeObfuscation ? `,"obfuscation":"${PADDING.slice(0, hash(n) % 16)}"` : '');

function deltasOf(choice: ChatChoice, index: number): Delta[] {
  const delta = (value: object, word: string | null = null): Delta =>
    ({ index, delta: value, finish: null, words: word === null ? [] : [word], tokens: word === null ? 0 : 1 });
  const [first, ...others] = choice.calls;
  const begin = first && choice.calls.length === 1
    ? delta({ role: 'assistant', content: null, tool_calls: [callBegin(first, 0)], refusal: null })
    : delta({ role: 'assistant', content: choice.words ? '' : null, refusal: null });
  // What was thought is not shown, but was produced before anything else.
  const thought = { ...begin, tokens: choice.thoughtTokens };
  const words = choice.words?.map((word) => delta({ content: word }, word)) ?? [];
  const calls = choice.calls.flatMap((call, i) => [
    ...(others.length > 0 ? [delta({ tool_calls: [callBegin(call, i)] })] : []),
    ...call.argumentPieces.map(
      (piece) => ({ ...delta({ tool_calls: [{ index: i, function: { arguments: piece } }] }), tokens: 1 })
    ),
  ]);
  const produced = choice.thoughtTokens + words.length + calls.reduce((sum, { tokens }) => sum + tokens, 0);
  // Tokens that were asked for beyond the text (a JSON answer of a fixed length) count with the end.
  const end: Delta = { ...delta({}), finish: choice.finish, tokens: Math.max(0, choice.tokens - produced) };
  return [thought, ...words, ...calls, end];
}

const callBegin = (call: ChatCall, index: number): object =>
  ({ index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } });

/** Several choices arrive in turn, as OpenAI sends them. */
function interleaved(lists: readonly Delta[][]): readonly Delta[] {
  if (lists.length === 1) return lists[0] ?? [];
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}
