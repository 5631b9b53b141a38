/** The chunks of a generateContent stream put together to the answer that would have come in one piece. */
import { get, isTrue, numberOf, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { raw, write, type Json, type JsonFields } from '../../leaf/json-write.ts';

interface Candidate {
  readonly members: JsonFields;
  readonly parts: readonly Part[];
}

/** Text goes on in the next chunk; any other part comes whole. */
type Part =
  | { readonly kind: 'text'; readonly text: string; readonly thought: boolean; readonly signature: string | undefined }
  | { readonly kind: 'other'; readonly json: Json };

/** JSON text of the answer: of what every chunk repeats, the last. */
export function wholeGemini(chunks: readonly string[]): string {
  const candidates = new Map<number, Candidate>();
  let head: JsonFields = {};
  for (const data of chunks) {
    const chunk = readJson(data);
    head = { ...head, ...without(chunk, 'candidates') };
    for (const node of get(chunk, 'candidates')?.items ?? []) {
      const index = numberOf(get(node, 'index')) ?? 0;
      const before = candidates.get(index) ?? { members: {}, parts: [] };
      const parts = (get(get(node, 'content'), 'parts')?.items ?? []).reduce(withPart, before.parts);
      candidates.set(index, { members: { ...before.members, ...without(node, 'content') }, parts });
    }
  }
  const list = [...candidates].sort(([a], [b]) => a - b)
    .map(([, { members, parts }]) => ({ ...members, content: { role: 'model', parts: parts.map(written) } }));
  return write({ ...head, candidates: list });
}

const without = (node: JsonNode | undefined, name: string): JsonFields =>
  Object.fromEntries([...(node?.members ?? [])].flatMap(([key, member]) => (key === name ? [] : [[key, raw(member)]])));

function withPart(parts: readonly Part[], node: JsonNode): readonly Part[] {
  const text = stringOf(get(node, 'text'));
  if (text === undefined) return [...parts, { kind: 'other', json: raw(node) }];
  const part: Part = { kind: 'text', text, thought: isTrue(get(node, 'thought')), signature: stringOf(get(node, 'thoughtSignature')) };
  const last = parts.at(-1);
  const goesOn = last?.kind === 'text' && last.thought === part.thought && last.signature === undefined;
  return goesOn ? [...parts.slice(0, -1), { ...part, text: last.text + text }] : [...parts, part];
}

const written = (part: Part): Json =>
  part.kind === 'other' ? part.json : { text: part.text, thought: part.thought ? true : undefined, thoughtSignature: part.signature };
