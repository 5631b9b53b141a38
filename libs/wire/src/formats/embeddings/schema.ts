/** An Embeddings request at the edge: strict about what is documented and wrong, open to what a provider may know. */
import type { RequestRead } from '../../leaf/asked-request.ts';
import { either, expected, integer, isObject, listOf, modelName, shape, string } from '../../leaf/check.ts';
import type { Check } from '../../leaf/check.ts';

const text: Check = (value) => (value === '' ? expected('a text', value) : string(value));
const token = integer(0, 2 ** 31 - 1);
const tokens: Check = (value) => (Array.isArray(value) && value.length > 0 ? listOf(token)(value) : expected('a list of tokens', value));

/** A list holds texts, tokens of one text, or lists of tokens. */
const list: Check = (value) => {
  const items = value as readonly unknown[]; // `either` has seen that it is an array
  if (items.length === 0) return expected('an array of at least one text', value);
  const [first] = items;
  return listOf(typeof first === 'number' ? token : Array.isArray(first) ? tokens : text)(value);
};

const encoding: Check = (value) => (value === 'float' || value === 'base64' ? undefined : { path: '', message: 'expected float or base64' });

const checkRequest = shape({ model: modelName, input: either('a text or an array of texts', { string: text, array: list }) }, {
  dimensions: integer(1, 65_536), encoding_format: encoding, user: string,
});

export function readEmbeddingsRequest(body: unknown): RequestRead {
  if (!isObject(body)) return { kind: 'refused', param: null, message: 'the body must be a JSON object' };
  const issue = checkRequest(body);
  if (issue) {
    const param = issue.path.slice(1);
    return { kind: 'refused', param, message: `${param}: ${issue.message}` };
  }
  return {
    kind: 'request',
    request: { model: body['model'] as string, stream: false, maximumOutputTokens: 0, choices: 1, serviceTier: null, body }, // the model: checked above
  };
}
