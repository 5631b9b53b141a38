/**
 * Which part may use which: `domain ← pure ← adapter ← app`, with tests and tools beside. Decided here, over texts, so that
 * the rule can be tried on breaches that exist nowhere; `tools/boundaries.test.ts` holds the tree against it.
 *
 * Fails closed: what it does not know (a layer, a project, an import it cannot follow) is a breach.
 */
import { isBuiltin } from 'node:module';
import ts from 'typescript';

export interface Project {
  /** As other projects import it. */
  readonly name: string;
  /** Relative to the root, such as `libs/queue`. */
  readonly folder: string;
  /** From the tag `layer:…` of its package.json. */
  readonly layer: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Workspace {
  readonly projects: readonly Project[];
  readonly files: readonly SourceFile[];
  /** The root's development dependencies: for tests and tools alone. */
  readonly rootDevDependencies: readonly string[];
}

const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  pure: ['domain'],
  adapter: ['domain', 'pure'],
  app: ['domain', 'pure', 'adapter'],
  test: ['domain', 'pure', 'adapter'],
  tool: ['domain', 'pure', 'adapter', 'test', 'tool'],
};
/** What a test may use besides, declared or not. */
const FOR_TESTS = ['test', 'tool'];

/** Drivers, and the one project that may know them. A scope ends in `/`. */
const OWNERS: Readonly<Record<string, string>> = {
  'bullmq': 'libs/queue',
  'ioredis': 'libs/queue',
  'kysely': 'libs/store',
  'pg': 'libs/store',
  'pino': 'libs/telemetry',
  'pino-pretty': 'libs/telemetry',
  'prom-client': 'libs/telemetry',
  '@questdb/': 'libs/telemetry',
  '@opentelemetry/': 'libs/telemetry',
};

/** Parts that judge others, and must know nothing of what they judge: they import from each other and from `also` alone. */
const INDEPENDENT: readonly { readonly folders: readonly string[]; readonly also: readonly string[] }[] = [
  {
    folders: ['libs/testkit/src/facts', 'libs/testkit/src/say', 'libs/testkit/src/judges'],
    also: ['libs/testkit/src/recordings', 'libs/testkit/src/config.ts'],
  },
];

/**
 * Places in a project whose ideas must not meet, by what they may import besides themselves. In `libs/wire` each format knows itself
 * and the grammar that all share, and a pair its two formats: a type of meaning that more of them could share has nowhere to stand.
 */
const WIRE = 'libs/wire/src';
function apartFrom(path: string, target: string): boolean {
  const [, format] = /^libs\/wire\/src\/formats\/([a-z]+)\//.exec(path) ?? [];
  const [, pair] = /^libs\/wire\/src\/pairs\/([a-z]+-[a-z]+)\//.exec(path) ?? [];
  const isPart = (part: string): boolean => path.startsWith(`${WIRE}/${part}/`);
  if (isPart('leaf')) return !target.startsWith(`${WIRE}/leaf/`);
  if (format !== undefined) return ![`${WIRE}/formats/${format}/`, `${WIRE}/leaf/`].some((one) => target.startsWith(one));
  if (isPart('passthrough') || isPart('dialect')) return /^libs\/wire\/src\/pairs\//.test(target);
  if (pair === undefined) return false;
  const formats = pair.split('-').map((one) => `${WIRE}/formats/${one}/`);
  const allowed = [`${WIRE}/pairs/${pair}/`, `${WIRE}/leaf/`, ...formats].some((one) => target.startsWith(one));
  return !allowed && !/^libs\/wire\/src\/pairs\/[^/]+\.ts$/.test(target);
}

const FORBIDDEN_FOLDERS = ['utils', 'common', 'shared', 'helpers', 'types'];

/** One line for each breach, naming the file; none when the tree is sound. */
export function breachesOf(workspace: Workspace): readonly string[] {
  const layers = workspace.projects
    .filter(({ layer }) => !(layer in MAY_USE))
    .map(({ folder, layer }) => `${folder}: unknown layer "${layer}"`);
  return [...layers, ...workspace.files.flatMap((file) => breachesOfFile(workspace, file))];
}

function breachesOfFile(workspace: Workspace, file: SourceFile): readonly string[] {
  const folders = file.path
    .split('/')
    .slice(0, -1)
    .filter((name) => FORBIDDEN_FOLDERS.includes(name));
  const named = folders.map((name) => `${file.path}: no folder may be named "${name}"`);
  const project = workspace.projects.find(({ folder }) => file.path.startsWith(`${folder}/`));
  if (!project) return [...named, `${file.path}: belongs to no project`];
  const imports = importsOf(file).flatMap((specifier) => {
    const breach = specifier === undefined ? breachOfComputed(project) : breachOf(specifier, { workspace, project, file });
    return breach === undefined ? [] : [`${file.path}: ${breach}`];
  });
  return [...named, ...imports];
}

/** Commands are chosen by name, and whatever they are, a tool may use it. */
const breachOfComputed = ({ layer }: Project): string | undefined =>
  layer === 'tool' ? undefined : 'an import that cannot be followed';

interface Place {
  readonly workspace: Workspace;
  readonly project: Project;
  readonly file: SourceFile;
}

function breachOf(specifier: string, { workspace, project, file }: Place): string | undefined {
  const inTest = isTest(file.path, project);
  if (specifier.startsWith('.')) {
    const target = new URL(specifier, `file:///${file.path}`).pathname.slice(1);
    if (!target.startsWith(`${project.folder}/`)) return `${specifier} leaves the project`;
    if (!inTest && apartFrom(file.path, target)) return `${specifier} joins formats that are kept apart`;
    return breaksIndependence(file.path, target) ? `${specifier} is not independent of what is judged` : undefined;
  }
  if (isBuiltin(specifier)) return undefined;
  const name = packageOf(specifier);
  if (name.startsWith('@sluice/') && independenceOf(file.path)) return `${specifier} is not independent of what is judged`;
  const used = workspace.projects.find((one) => one.name === name);
  if (name.startsWith('@sluice/') && !used) return `${name} is no project`;
  if (used) {
    // A test may stand where other projects stand.
    if (used === project) return inTest ? undefined : `${specifier} is the project itself: import the file`;
    if (inTest && FOR_TESTS.includes(used.layer)) return undefined;
    if (!(MAY_USE[project.layer] ?? []).includes(used.layer)) return `${project.layer} may not use ${specifier} (${used.layer})`;
  }
  const owner = ownerOf(name);
  if (owner !== undefined && owner !== project.folder && !inTest) return `${name} belongs to ${owner}`;
  return isDeclared(name, { workspace, project, inTest })
    ? undefined
    : `${name} is not declared in ${project.folder}/package.json`;
}

const independenceOf = (path: string) => INDEPENDENT.find(({ folders }) => folders.some((folder) => path.startsWith(`${folder}/`)));

function breaksIndependence(path: string, target: string): boolean {
  const rule = independenceOf(path);
  return rule !== undefined && ![...rule.folders, ...rule.also].some((allowed) => target.startsWith(allowed));
}

const isTest = (path: string, project: Project): boolean =>
  path.endsWith('.test.ts') || path.startsWith(`${project.folder}/test/`);

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const ownerOf = (name: string): string | undefined =>
  Object.entries(OWNERS).find(([owned]) => (owned.endsWith('/') ? name.startsWith(owned) : name === owned))?.[1];

function isDeclared(
  name: string,
  { workspace, project, inTest }: { workspace: Workspace; project: Project; inTest: boolean },
): boolean {
  if (project.dependencies.includes(name)) return true;
  if (inTest && project.devDependencies.includes(name)) return true;
  return (inTest || project.layer === 'tool') && workspace.rootDevDependencies.includes(name);
}

/** Every specifier the file imports, re-exports or requires, types included; undefined for one that is computed. */
function importsOf({ path, text }: SourceFile): readonly (string | undefined)[] {
  const found: (string | undefined)[] = [];
  const add = (node: ts.Node | undefined) => found.push(node && ts.isStringLiteralLike(node) ? node.text : undefined);
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier);
    else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined);
    else if (ts.isCallExpression(node) && loadsAModule(node.expression)) add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false));
  return found;
}

/** `import(…)`, `require(…)` and `createRequire(…)(…)`. */
const loadsAModule = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword ||
  (ts.isIdentifier(callee) && callee.text === 'require') ||
  (ts.isCallExpression(callee) && ts.isIdentifier(callee.expression) && callee.expression.text === 'createRequire');
