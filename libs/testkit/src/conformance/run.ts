/** Holds every conversion against every exchange of a folder. */
import type { Exchange } from '../recordings/exchange.ts';
import { checkBody, checkStream } from './check-answer.ts';
import { checkDialect } from './check-dialect.ts';
import { checkError } from './check-error.ts';
import { checkOwn, PASSTHROUGH } from './check-own.ts';
import { checkRequest, type Seen } from './check-request.ts';
import { classOf, type Completion } from './classes.ts';
import { embeddingLines } from './check-embeddings.ts';
import { EMBEDDERS, type Embedder } from './embedders.ts';
import { loopLines } from './loops.ts';
import { CONVERTERS, nameOf, type Converter } from './converters.ts';
import { say } from '../say/say.ts';
import { seenIn } from './seen.ts';
import { isContent } from '../facts/fact.ts';
import { readers } from '../facts/read.ts';
import { excluded, fail, guarded, type Line, type Verdict } from './verdict.ts';

/** One line for each check that applies, in the order of the files. */
export async function conformance(exchanges: readonly Exchange[], converters: readonly Converter[] = CONVERTERS, embedders: readonly Embedder[] = EMBEDDERS): Promise<readonly Line[]> {
  const seen = seenIn(exchanges);
  const lines: Line[] = [];
  for (const exchange of exchanges) lines.push(...(await linesOf(exchange, { converters, embedders, seen })));
  return [...lines, ...(await loopLines(exchanges, converters))];
}

interface Under {
  readonly converters: readonly Converter[];
  readonly embedders: readonly Embedder[];
  readonly seen: Seen;
}

async function linesOf(exchange: Exchange, under: Under): Promise<readonly Line[]> {
  const { id, provider, fidelity } = exchange;
  const line = (check: string, target: string, verdict: Verdict): Line =>
    ({ file: id, provider, check, target, verdict: fidelity === 'fixture-unverified' ? withoutCounting(verdict) : verdict });
  const told = classOf(exchange);
  if (told.kind === 'unknown') return [line('class', exchange.wire, fail(told.reason))];
  const error = line('E', exchange.wire, await checkError(exchange).catch((problem: unknown) => fail(`threw ${String(problem)}`)));
  if (told.kind === 'embeddings') return [error, ...embeddingLines(exchange, under.embedders).map(({ check, target, verdict }) => line(check, target, verdict))];
  if (told.kind !== 'completion') return [error];
  return [
    error,
    ...requestLines(exchange, told, under).map(({ check, target, verdict }) => line(check, target, verdict)),
    ...(await answerLines(exchange, told, under)).map(({ check, target, verdict }) => line(check, target, verdict)),
  ];
}

/** What may be partly written by hand is shown, and does not count. */
const withoutCounting = (verdict: Verdict): Verdict =>
  verdict.kind === 'fail' ? excluded(`unverified: ${verdict.reason}`) : verdict.kind === 'pass' ? excluded('unverified: would pass') : verdict;

interface Judged {
  readonly check: string;
  readonly target: string;
  readonly verdict: Verdict;
}

/** Why a class has no request that could be converted, or undefined. */
function noRequest({ family, request, answer }: Completion, text: string): string | undefined {
  if (family === 'ollama') return 'Ollama\'s own format is no target';
  if (answer === 'life cycle') return 'life cycle of an answer';
  if (!request) return 'no recorded request';
  if (answer === 'error') return 'a request that its own API refused';
  return /^\{[^[]*"prompt":"/.test(text) && !text.includes('"messages"') && !text.includes('"input"') ? 'a legacy prompt' : undefined;
}

function requestLines(exchange: Exchange, told: Completion, { converters, seen }: Under): readonly Judged[] {
  const text = exchange.request.bodyText ?? '';
  const reason = noRequest(told, text);
  const { family } = told;
  if (reason !== undefined) return [{ check: 'C2', target: family, verdict: excluded(reason) }];
  const own = family === 'chat' ? [{ check: 'C1', target: 'chat → chat', verdict: guarded(() => checkOwn(PASSTHROUGH.chat, text)) }] : [];
  // A native request is what a client of each format would have asked for.
  if (family === 'converse' || family === 'gemini') {
    const facts = readers[family].request(text);
    const begins = facts.find((fact) => isContent(fact) && !('role' in fact && fact.role === 'system'));
    return converters.filter(({ to }) => to === family).map((converter): Judged => ({
      check: 'C2', target: `${nameOf(converter)}, said`,
      verdict: begins?.kind === 'foreign' ? excluded('no client can say how it begins') : guarded(() => checkRequest(converter, say[converter.from](facts, 'm'), seen)),
    }));
  }
  const others = converters.filter(({ from }) => from === family).map((converter): Judged =>
    ({ check: 'C2', target: nameOf(converter), verdict: guarded(() => checkRequest(converter, text, seen)) }));
  return [...own, ...others];
}

async function answerLines(exchange: Exchange, { family, answer }: Completion, { converters }: Under): Promise<readonly Judged[]> {
  const { response } = exchange;
  if (family === 'ollama' || answer === 'error' || answer === 'life cycle') return [];
  const facts = response.body.length === 0 ? [] : answer === 'body' ? readers[family].answer(response.body.toString('utf8')) : readers[family].stream(response.body);
  const says = facts.some((fact) => isContent(fact) || fact.kind === 'error' || (fact.kind === 'finish' && fact.reason !== 'none'));
  if (!says) return [{ check: 'C4', target: family, verdict: excluded('no answer in this format') }];
  if (response.body.includes('"partialArgs"')) return [{ check: 'C4', target: family, verdict: excluded('arguments in pieces, which are never asked for') }];
  const lines: Judged[] = [];
  if (family === 'chat') {
    const verdict = await checkDialect(exchange, answer).catch((problem: unknown) => fail(`threw ${String(problem)}`));
    lines.push({ check: 'C4', target: 'chat ← chat', verdict });
  }
  for (const converter of converters.filter(({ to }) => to === family)) {
    const target = `${converter.from} ← ${converter.to}`;
    const verdict = answer === 'body'
      ? guarded(() => bodyVerdict(converter, response.body.toString('utf8')))
      : await checkStream(converter, response.body).catch((problem: unknown) => fail(`threw ${String(problem)}`));
    lines.push({ check: 'C4', target, verdict });
  }
  return lines;
}

/** Errors under 200 are E's. */
function bodyVerdict(converter: Converter, text: string): Verdict {
  const body: unknown = JSON.parse(text);
  if (typeof body === 'object' && body !== null && 'error' in body && body.error !== null) return excluded('an error under 200');
  return checkBody(converter, text);
}

