/**
 * A Chat Completions request at the edge: strict about what is known to be wrong, open to what we have never heard of.
 * Unknown fields, roles and types of parts pass, because a provider may know them; a documented field of the wrong type
 * does not, because it would cost the caller a place in the queue to learn it from the provider.
 */
import type { RequestRead } from '../../leaf/asked-request.ts';
import { boolean, either, expected, inside, integer, isObject, listOf, mapOf, modelName, name, number, object, shape, string } from '../../leaf/check.ts';
import type { Check, Issue, JsonObject } from '../../leaf/check.ts';

/** Reads a parsed body. Everything that passes keeps its meaning for the provider; nothing is filled in. */
export function readChatRequest(body: unknown): RequestRead {
  if (!isObject(body)) return { kind: 'refused', param: null, message: 'the body must be a JSON object' };
  const issue = checkRequest(body);
  if (issue) {
    const param = issue.path.slice(1);
    return { kind: 'refused', param, message: `${param}: ${issue.message}` };
  }
  return {
    kind: 'request',
    request: {
      model: body['model'] as string, // each cast: checked above
      stream: body['stream'] === true,
      maximumOutputTokens: maximumOf((body['max_completion_tokens'] ?? body['max_tokens'] ?? NO_MAXIMUM) as number | string),
      choices: (body['n'] ?? 1) as number,
      serviceTier: (body['service_tier'] ?? null) as string | null,
      body,
    },
  };
}

const MANY_TOKENS = 2 ** 31 - 1;
/** How clients of local providers say that there is no bound; some write the number as a string, and are answered. */
const NO_MAXIMUM = -1;
const maximumOf = (tokens: number | string): number | null => (Number(tokens) === NO_MAXIMUM ? null : Number(tokens));
const positive = integer(1, MANY_TOKENS);
const maximum: Check = (value) => {
  const read = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return read === NO_MAXIMUM || positive(read) === undefined ? undefined : positive(value);
};

const part: Check = (value) => {
  const issue = partShape(value);
  if (issue) return issue;
  const fields = value as JsonObject; // partShape: an object
  return PARTS.get(fields['type'])?.(fields);
};

/** By the part's type; a type that is not here is the provider's to judge. */
const PARTS: ReadonlyMap<unknown, Check> = new Map([
  ['text', shape({ text: string }, {})],
  ['image_url', shape({ image_url: either('a URL or an object', { string, object: shape({ url: string }, { detail: string }) }) }, {})],
  ['input_audio', shape({ input_audio: shape({ data: string, format: string }, {}) }, {})],
  ['file', shape({ file: shape({}, { file_data: string, file_id: string, filename: string }) }, {})],
  ['refusal', shape({ refusal: string }, {})],
]);
const partShape = shape({ type: name }, {});

const content = either('a string or an array of parts', { string, array: listOf(part) });

const called = shape({ name }, { arguments: either('a string', { string, object }) });
const toolCall = shape({}, { id: string, type: string, function: called, custom: shape({ name }, { input: string }) });
const declared = shape({ name }, { description: string, parameters: object, strict: boolean });
const toolShape = shape({}, { type: string, function: declared });
const tool: Check = (value) => {
  const issue = toolShape(value);
  if (issue) return issue;
  const { type, function: declaration } = value as JsonObject; // shape: an object
  return type === 'function' && declaration === undefined ? inside('.function', { path: '', message: 'is required' }) : undefined;
};

const spoken = shape({ role: name, content }, { name: string });
const answered = shape({ role: name }, {
  content, name: string, refusal: string, audio: object, tool_calls: listOf(toolCall), function_call: called,
});
const result = shape({ role: name, content }, { tool_call_id: string, name: string });
const legacyResult = shape({ role: name }, { content, name: string });
const anyMessage = shape({ role: name }, {});

/** By role; a role that is not here is the provider's to judge. */
const MESSAGES: ReadonlyMap<unknown, Check> = new Map([
  ['system', spoken], ['developer', spoken], ['user', spoken], ['assistant', answered], ['tool', result], ['function', legacyResult],
]);

const message: Check = (value) => (MESSAGES.get(isObject(value) ? value['role'] : undefined) ?? anyMessage)(value);

const messages: Check = (value) =>
  Array.isArray(value) && value.length > 0 ? listOf(message)(value) : expected('an array of at least one message', value);

const formatShape = shape({ type: name }, { json_schema: shape({}, { name, schema: object, strict: boolean, description: string }) });

const checkRequest = shape({ model: modelName, messages }, {
  audio: shape({}, { format: string }),
  frequency_penalty: number(-2, 2),
  function_call: either('a string or an object', { string, object: shape({ name }, {}) }),
  functions: listOf(declared),
  logit_bias: mapOf(number(-100, 100)),
  logprobs: boolean,
  max_completion_tokens: maximum,
  max_tokens: maximum,
  metadata: mapOf(string),
  modalities: listOf(string),
  n: integer(1, 128),
  parallel_tool_calls: boolean,
  prediction: shape({ type: name }, { content }),
  presence_penalty: number(-2, 2),
  prompt_cache_key: string,
  prompt_cache_retention: string,
  reasoning_effort: string,
  response_format: responseFormat,
  safety_identifier: string,
  seed: integer(-(2 ** 63), 2 ** 63),
  service_tier: string,
  stop: either('a string or an array of strings', { string, array: listOf(string) }),
  store: boolean,
  stream: boolean,
  stream_options: shape({}, { include_usage: boolean, include_obfuscation: boolean }),
  temperature: number(0, 2),
  tool_choice: either('a string or an object', { string, object: shape({}, { type: string, function: shape({ name }, {}) }) }),
  tools: listOf(tool),
  top_logprobs: integer(0, 20),
  top_p: number(0, 1),
  user: string,
  verbosity: string,
  web_search_options: object,
});

function responseFormat(value: unknown): Issue | undefined {
  const issue = formatShape(value);
  if (issue) return issue;
  const format = value as JsonObject; // shape: an object
  return format['type'] === 'json_schema' && !isObject(format['json_schema'])
    ? inside('.json_schema', expected('an object', format['json_schema']))
    : undefined;
}
