/** C1: a request to a provider of its own format keeps every token, but for the model. */
import { forRoute, withoutSluice } from '@sluice/wire';
import { verdictOf, type Verdict } from './verdict.ts';

/** Edits by span, by the format they are for. */
export const PASSTHROUGH = { chat: (text: string, model: string): string => forRoute(withoutSluice(Buffer.from(text)), model).toString('utf8') } as const;

const MODEL = '"another-model"';

export function checkOwn(edit: (text: string, model: string) => string, text: string): Verdict {
  const sent = tokensOf(edit(text, JSON.parse(MODEL) as string)); // a JSON string
  const expected = withModel(tokensOf(text));
  const at = expected.findIndex((token, index) => token !== sent[index]);
  if (at < 0 && sent.length === expected.length) return verdictOf([]);
  return verdictOf([`token ${at < 0 ? expected.length : at}: sent ${sent[at] ?? 'nothing'}, received ${expected[at] ?? 'nothing'}`]);
}

/** Strings, numbers as they are written, words and marks. */
const tokensOf = (json: string): readonly string[] => json.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];

/** The tokens with another model at the outermost level. */
function withModel(tokens: readonly string[]): readonly string[] {
  let depth = 0;
  return tokens.map((token, index) => {
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    const isModel = depth === 1 && tokens[index - 1] === ':' && tokens[index - 2] === '"model"';
    return isModel ? MODEL : token;
  });
}
