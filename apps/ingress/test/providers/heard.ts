/** What a provider was sent, as far as a loop of tools is concerned, whatever format it came in: calls, results and signatures. */

export interface Heard {
  readonly calls: readonly { readonly id: string; readonly name: string }[];
  readonly results: readonly { readonly id: string; readonly text: string }[];
  /** Of thoughts that go back to whom they came from. */
  readonly signatures: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

export function heardIn(body: string): Heard {
  const heard = { calls: [] as { id: string; name: string }[], results: [] as { id: string; text: string }[], signatures: [] as string[] };
  for (const object of objectsIn(JSON.parse(body))) {
    const call = callIn(object);
    const result = resultIn(object);
    if (call) heard.calls.push(call);
    if (result) heard.results.push(result);
    heard.signatures.push(...['signature', 'thoughtSignature', 'encrypted_content'].flatMap((name) => (typeof object[name] === 'string' ? [object[name]] : [])));
  }
  return heard;
}

/** Every object, in the order in which the text has them. */
function* objectsIn(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Json; // every object is one of unknowns
  for (const member of Object.values(value)) yield* objectsIn(member);
}

const objectOf = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {}); // as above

/** In Chat, Messages, Responses, Converse and Gemini, in this order. Gemini's older models name no ids: the name stands for it. */
function callIn(object: Json): Heard['calls'][number] | undefined {
  const { type, id, name, call_id: callId, toolUseId } = object;
  if (type === 'function' && typeof id === 'string') return { id, name: String(objectOf(object['function'])['name']) };
  if (type === 'tool_use') return { id: String(id), name: String(name) };
  if (type === 'function_call') return { id: String(callId), name: String(name) };
  if (typeof toolUseId === 'string' && typeof name === 'string') return { id: toolUseId, name };
  const called = objectOf(object['functionCall']);
  return typeof called['name'] === 'string' ? { id: String(called['id'] ?? called['name']), name: called['name'] } : undefined;
}

function resultIn(object: Json): Heard['results'][number] | undefined {
  const { type, role, toolUseId, name } = object;
  if (role === 'tool') return { id: String(object['tool_call_id']), text: textOf(object['content']) };
  if (type === 'tool_result') return { id: String(object['tool_use_id']), text: textOf(object['content']) };
  if (type === 'function_call_output') return { id: String(object['call_id']), text: textOf(object['output']) };
  if (typeof toolUseId === 'string' && name === undefined) return { id: toolUseId, text: textOf(object['content']) };
  const answered = objectOf(object['functionResponse']);
  return typeof answered['name'] === 'string' ? { id: String(answered['id'] ?? answered['name']), text: textOf(answered['response']) } : undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
