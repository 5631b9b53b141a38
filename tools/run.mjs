/**
 * The way into every command of package.json. Works in a fresh clone: plain JavaScript that needs nothing installed,
 * checks Node, installs the packages where they are missing or differ from the lock file, builds what changed, and becomes
 * the command.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = [20, 19];
/** Milliseconds. Silence longer than this looks like a hang. */
const SIGN_OF_LIFE_MS = 15_000;

const COMMANDS = {
  start: 'tools/dist/start.js',
  dev: 'tools/dist/dev.js',
  test: 'tools/dist/test.js',
  check: 'tools/dist/check.js',
  simulator: 'libs/testkit/dist/simulator/main.js',
  bench: 'bench/dist/main.js',
  conformance: 'libs/testkit/dist/conformance/main.js',
  sim: 'bench/dist/sim/main.js',
};

const [command = '', ...args] = process.argv.slice(2);
const entry = COMMANDS[command];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

if (entry === undefined) fail(`usage: node tools/run.mjs ${Object.keys(COMMANDS).join('|')} …`, 64);
if (isOlder(process.versions.node))
  fail(`Sluice needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}`, 1);
if (!isInstalled()) await step('installing packages (npm ci)', ...npm('ci', '--no-audit', '--no-fund', '--loglevel=error'));
await step('building', process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-b']);
if (isDashboardOld()) await step('building the dashboard', process.execPath, [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', join('apps', 'dashboard'), '--logLevel', 'error']);
// In this process: what signals it, and what waits for it, then deals with the command itself.
process.argv = [process.execPath, join(root, entry), ...args];
await import(pathToFileURL(join(root, entry)).href);

function isOlder(version) {
  const [major, minor] = version.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

/** Is every package of the lock file there, in its version? Those of other platforms may be absent. */
function isInstalled() {
  const kept = join('node_modules', '.package-lock.json');
  if (!existsSync(kept)) return false;
  const have = JSON.parse(readFileSync(kept, 'utf8')).packages;
  const want = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  return Object.entries(want).every(
    ([path, { version, optional, link }]) =>
      !path.includes('node_modules/') || (have[path] ? link === true || have[path].version === version : optional === true),
  );
}

/** Is a source of the page newer than the page that was built of it? */
function isDashboardOld() {
  const folder = join('apps', 'dashboard');
  const built = join(folder, 'dist', 'site', 'index.html');
  if (!existsSync(built)) return true;
  const sources = [folder, join(folder, 'src')].flatMap((place) =>
    readdirSync(place, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => join(place, name)));
  const builtAt = statSync(built).mtimeMs;
  return ['package-lock.json', ...sources].some((file) => statSync(file).mtimeMs > builtAt);
}

function npm(...words) {
  const itself = process.env.npm_execpath;
  return itself && /\.[cm]?js$/.test(itself) ? [process.execPath, [itself, ...words]] : ['npm', words];
}

/** Runs a program to its end, with its output on ours; a signal meant for us is passed on, and ends us when it has ended. */
async function step(what, program, words) {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  console.error(`sluice: ${what}`);
  const sign = setInterval(() => console.error(`sluice: still ${what}, ${seconds()} s`), SIGN_OF_LIFE_MS);
  const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit'] });
  const passOn = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passOn);
  const { code, signal } = await new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`sluice: ${error.message}`);
      resolve({ code: 1, signal: null });
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  clearInterval(sign);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, passOn);
  if (signal) process.kill(process.pid, signal);
  if (code !== 0) fail(`${what} failed`, code ?? 1);
}

function fail(line, code) {
  console.error(`sluice: ${line}`);
  process.exit(code);
}
