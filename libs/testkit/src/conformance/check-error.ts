/** E: a failure is known to its provider's table, and the client's SDK raises what belongs to its status. */
import { providers, saidIn, type Answer } from '@sluice/providers';
import { isError, providerErrorBody } from '@sluice/wire';
import type { Exchange } from '../recordings/exchange.ts';
import { sseEvents } from '../facts/events.ts';
import { objectIn } from '../facts/json.ts';
import { officialError } from './official.ts';
import { excluded, fail, PASS, verdictOf, type Verdict } from './verdict.ts';

/** The folder of a recording, as the provider is named here. */
const IDS: Readonly<Record<string, string>> = { azure: 'azure-openai', bedrock: 'aws-bedrock' };
export const providerIdOf = ({ provider, wire }: Exchange): string =>
  wire.startsWith('invoke_') ? 'aws-bedrock-invoke' : IDS[provider] ?? provider;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** The answer as the worker hands it over, or undefined when the exchange did not fail. */
export function failureIn({ response: { status, headers, body } }: Exchange): Answer | undefined {
  const answer = (content: unknown): Answer => ({ status, headers, body: content, receivedAt: Date.parse(headers['date'] ?? '') || 0 });
  const text = body.toString('utf8');
  if (status >= 400) return answer(parsed(text));
  const bodies = /^(data|event|:)/m.test(text) ? sseEvents(body).map(({ data }) => parsed(data)) : [parsed(text)];
  const failed = bodies.find(isFailure);
  return failed === undefined ? undefined : answer(failed);
}

/** An error under 200, as a body or as an event; Responses says it by its event's type. */
const isFailure = (body: unknown): boolean => {
  const said = objectIn(body);
  return isError(body) || said['type'] === 'error' || said['type'] === 'response.failed';
};

export async function checkError(exchange: Exchange): Promise<Verdict> {
  const failed = failureIn(exchange);
  if (failed === undefined) return PASS;
  const provider = providers.get(providerIdOf(exchange));
  if (!provider) return excluded(`the provider ${providerIdOf(exchange)} is not built`);
  const outcome = provider.outcomeOf(failed);
  if (outcome.kind === 'failed' && outcome.failure === 'unknown') return fail(`no row knows ${failed.status} ${JSON.stringify(failed.body).slice(0, 200)}`);
  const said = saidIn(failed.body);
  const status = failed.status >= 400 ? failed.status : said.status ?? 502;
  return verdictOf(await raisedProblems(status, providerErrorBody({ status, code: said.code, message: said.message, body: failed.body }, 'req_1')));
}

/** Names of the SDKs' classes; both SDKs have the same. */
const CLASSES: Readonly<Record<number, string>> = {
  400: 'BadRequestError', 401: 'AuthenticationError', 403: 'PermissionDeniedError', 404: 'NotFoundError', 409: 'ConflictError',
  422: 'UnprocessableEntityError', 429: 'RateLimitError',
};

async function raisedProblems(status: number, body: string): Promise<readonly string[]> {
  const raised = await officialError('chat', status, body);
  const expected = CLASSES[status] ?? (status >= 500 ? 'InternalServerError' : 'APIError');
  const name = raised instanceof Error ? raised.constructor.name : 'nothing';
  const message = raised instanceof Error ? raised.message : '';
  return [
    ...(name === expected ? [] : [`the SDK raised ${name} for ${status}, not ${expected}`]),
    ...(message === `${status} status code (no body)` ? ['the SDK shows no message'] : []),
  ];
}
