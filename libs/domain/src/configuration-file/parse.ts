/**
 * `sluice.yaml` from text to what it declares: YAML with positions, then `${NAME}`, then shape and rules. Everything that
 * is wrong is reported at once, each with its line and column, and then nothing is declared.
 */
import { LineCounter, parseDocument, visit, type Document } from 'yaml';
import type { z } from 'zod';
import type { ConfigurationFile, ConfigurationProblem } from './declared.ts';
import { declare } from './declare.ts';
import { interpolate, type Environ } from './interpolate.ts';
import { keyOffsetOf, offsetOf, pathOf, printPath } from './positions.ts';
import { brokenModelListRules, fileOfModelList, isModelList, modelListSchema, withReferences } from './model-list.ts';
import { type Broken, brokenRules, type Path } from './rules.ts';
import { describeIssue, fileSchema, type FileShape } from './schema.ts';

export type ParsedConfigurationFile =
  | { readonly ok: true; readonly file: ConfigurationFile }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

interface Located {
  readonly offset: number;
  readonly path: Path;
  readonly message: string;
}

/** Characters. A file of a thousand resources has a fifth of it. */
const LONGEST_FILE = 1_000_000;
/** The YAML library descends once a level; a file that means something has less than ten. */
const DEEPEST_NESTING = 100;

/** Never throws, whatever the text; problems come in the order of the file and never hold a value from `env`. */
export function parseConfigurationFile(text: string, env: Environ): ParsedConfigurationFile {
  const lines = new LineCounter();
  const read = readFile(text, env, lines);
  if ('file' in read) return { ok: true, file: read.file };
  const problems = read.problems.toSorted((a, b) => a.offset - b.offset).map(({ offset, path, message }) => {
    const { line, col } = lines.linePos(offset);
    // The counter knows no lines in a text the parser gave up on.
    return { line: Math.max(line, 1), column: Math.max(col, 1), path: printPath(path), message };
  });
  return { ok: false, problems };
}

type Read = { readonly file: ConfigurationFile } | { readonly problems: readonly Located[] };

function readFile(text: string, env: Environ, lines: LineCounter): Read {
  if (text.length > LONGEST_FILE) return whole(`longer than ${LONGEST_FILE} characters`);
  if (isTooDeep(text)) return whole(`nested deeper than ${DEEPEST_NESTING} levels`);
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
    const syntax = [...document.errors, ...document.warnings];
    // What follows a mistake of syntax is guesswork: it alone is shown.
    if (syntax.length > 0) {
      return { problems: syntax.map((error) => ({ offset: error.pos[0], path: [], message: syntaxMessage(error, text) })) };
    }
    return check(document, interpolateAll(document, text, env));
  } catch (error) {
    // The YAML library gives up by throwing on aliases that lead nowhere or multiply.
    if (error instanceof ReferenceError) return whole('an alias (*name) has no anchor (&name) before it, or there are too many');
    throw error;
  }
}

/** By the brackets that are open at once and by the indent, wherever they stand: nobody writes a hundred in a text or comment. */
function isTooDeep(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1);
    if (open > DEEPEST_NESTING) return true;
  }
  return new RegExp(`^[ \\t?:-]{${2 * DEEPEST_NESTING},}`, 'm').test(text);
}

const whole = (message: string): Read => ({ problems: [{ offset: 0, path: [], message }] });

function syntaxMessage(error: { readonly message: string; readonly pos: readonly [number, number] }, text: string): string {
  const line = text.slice(text.lastIndexOf('\n', error.pos[0]) + 1, error.pos[1]);
  return line.includes('${') ? `${error.message} (quote a value that holds \${…})` : error.message;
}

/** Puts the environment's values into the document's texts, in place; what is left out is returned. */
function interpolateAll(document: Document.Parsed, text: string, env: Environ): readonly Located[] {
  const problems: Located[] = [];
  const foreign = document.has('model_list');
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string') return;
      const result = interpolate(foreign ? withReferences(node.value) : node.value, env);
      const [start, end] = node.range ?? [0, 0];
      for (const { source, message } of result.failures) {
        const at = text.indexOf(source, start);
        problems.push({ offset: at >= 0 && at < end ? at : start, path: pathOf(ancestors, node), message });
      }
      node.value = result.text;
    },
  });
  return problems;
}

function check(document: Document.Parsed, missing: readonly Located[]): Read {
  const raw: unknown = document.toJS({ maxAliasCount: 100 });
  const { file, broken, issues } = isModelList(raw) ? readModelList(raw) : readOwn(raw);
  const problems = [...missing];
  // One problem a place: what could not be filled in is no name and no address either.
  const add = (problem: Located) => {
    if (!problems.some((other) => printPath(other.path) === printPath(problem.path))) problems.push(problem);
  };
  for (const issue of issues) {
    const path = issue.path.filter((step) => typeof step !== 'symbol'); // YAML has no symbols
    if (issue.code === 'unrecognized_keys') {
      const message = 'unknown key';
      for (const key of issue.keys) add({ offset: keyOffsetOf(document, path, key), path: [...path, key], message });
    } else add({ offset: offsetOf(document, path), path, message: issue.message });
  }
  for (const { path, message } of broken) add({ offset: offsetOf(document, path), path, message });
  return file && problems.length === 0 ? { file: declare(file()) } : { problems };
}

interface Shaped {
  /** Only of what has no issues and breaks no rule. */
  readonly file: (() => FileShape) | undefined;
  readonly issues: readonly z.core.$ZodIssue[];
  readonly broken: Iterable<Broken>;
}

function readOwn(raw: unknown): Shaped {
  const { data, error } = fileSchema.safeParse(raw ?? undefined, { error: describeIssue });
  return { file: data && (() => data), issues: error?.issues ?? [], broken: brokenRules(raw) };
}

function readModelList(raw: unknown): Shaped {
  const { data, error } = modelListSchema.safeParse(raw, { error: describeIssue });
  const broken = data ? brokenModelListRules(data) : [];
  return { file: data && (() => fileOfModelList(data)), issues: error?.issues ?? [], broken };
}
