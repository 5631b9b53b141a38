/**
 * A whole installation on one machine: stores, database, configuration, apps. Opened in order, closed in the reverse.
 *
 *   settings, configuration ──▶ home ──▶ stores ──▶ prepared database ──▶ apps ──▶ ready
 *
 * What is wrong with settings or configuration is told before anything is started.
 */
import { readFileSync } from 'node:fs';
import type { Apps } from './apps.ts';
import { startApps, untilReady } from './apps.ts';
import type { ChosenConfiguration } from './chosen-configuration.ts';
import { chooseConfiguration } from './chosen-configuration.ts';
import type { Home } from './home.ts';
import { openHome } from './home.ts';
import { logFiles } from './log-files.ts';
import { operatorLine, prepare } from './prepare.ts';
import { freePort, portProblem } from './processes/free-port.ts';
import { startSentinel } from './processes/sentinel.ts';
import { screen, urlOf } from './screen.ts';
import type { Settings } from './settings.ts';
import { CONFIGURATION_EXIT, readSettings } from './settings.ts';
import type { Store, StoreContext } from './stores/index.ts';
import { findOrStartPostgres, findOrStartRedis } from './stores/index.ts';

/** Cannot go on; said as it is, without a stack. */
export class Refusal extends Error {
  readonly lines: readonly string[];
  readonly exitCode: number;

  constructor(lines: readonly string[], exitCode: number) {
    super(lines.join('\n'));
    this.lines = lines;
    this.exitCode = exitCode;
  }
}

export interface Session {
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  /** Aborted by the first request to stop: what is not begun yet is not begun. */
  readonly stop: AbortSignal;
  /** Aborted by the second: grace is over. */
  readonly hurry: AbortSignal;
}

/** Opened things, closed in reverse order whatever happens in between. */
type Closing = (() => Promise<void> | void)[];

/** Runs until `stop` is aborted. Throws `Refusal` for what a person can mend; `whenReady` is told the apps. */
export async function run(session: Session, whenReady: (apps: Apps, closing: Closing) => void = () => undefined): Promise<void> {
  const plan = await makePlan(session.env);
  const closing: Closing = [];
  try {
    const apps = await open(session, plan, closing);
    if (!apps) return;
    whenReady(apps, closing);
    await aborted(session.stop);
    session.say('stopping');
  } finally {
    await closeAll(closing);
  }
}

/** One that fails must not leave the others running. */
async function closeAll(closing: Closing): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closing.reverse()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'not everything could be stopped');
}

interface Plan {
  readonly settings: Settings;
  readonly configuration: ChosenConfiguration;
  readonly simulatorPort: number | null;
}

async function makePlan(env: NodeJS.ProcessEnv): Promise<Plan> {
  const read = readSettings(env);
  if ('problems' in read) throw new Refusal(read.problems, CONFIGURATION_EXIT);
  const { settings } = read;
  const simulatorPort = await freePort();
  const { configFile } = settings;
  const written = configFile === null ? null : { name: configFile, text: readFileSync(configFile, 'utf8') };
  const choice = chooseConfiguration(written, env, `http://127.0.0.1:${simulatorPort}/v1`);
  if ('problems' in choice) throw new Refusal([...choice.problems, 'nothing was applied'], CONFIGURATION_EXIT);
  const { configuration } = choice;
  const taken = await portProblem(settings.port, settings.host);
  if (taken)
    throw new Refusal([`port ${settings.port} of ${settings.host} is ${taken}: free it, or set PORT (and HOST) to another`], 1);
  return { settings, configuration, simulatorPort: configuration.simulated ? simulatorPort : null };
}

/** Undefined when it was stopped on the way. */
async function open(
  session: Session,
  { settings, configuration, simulatorPort }: Plan,
  closing: Closing,
): Promise<Apps | undefined> {
  const { env, say, stop, hurry } = session;
  const home = openHomeOrRefuse(settings.home);
  closing.push(() => home.release());
  const sentinel = startSentinel();
  closing.push(() => sentinel.dismiss());
  const logFolder = home.folder('logs');
  const logTo = logFiles(logFolder);
  const { redis, postgres } = await openStores({ env, home, sentinel, say, durable: true, logTo }, closing);
  const masterKey = settings.masterKey ?? home.secret('master-key');
  if (stop.aborted) return undefined;
  const { file, actor } = configuration;
  const first = await prepare({ databaseUrl: postgres.url, masterKey, file, actor, adminPassword: settings.adminPassword, say });
  if (stop.aborted) return undefined;

  const apps = startApps({
    sentinel,
    say,
    logTo,
    logFolder,
    simulatorPort,
    env: {
      ...env,
      PORT: String(settings.port),
      HOST: settings.host,
      SLUICE_HOME: home.path,
      REDIS_URL: redis.url,
      DATABASE_URL: postgres.url,
      SLUICE_MASTER_KEY: masterKey,
    },
  });
  closing.push(() => apps.stop(hurry));
  const url = urlOf(settings.host, settings.port);
  const readiness = await untilReady(apps, url, { say, signal: stop });
  if (readiness === 'stopped') return undefined;
  if (readiness !== 'ready') throw new Refusal([readiness.problem, `logs are in ${logFolder}`], 1);
  const metrics = env['QUESTDB_URL'] ? 'QuestDB of QUESTDB_URL' : 'in Postgres: QUESTDB_URL is not set';
  say(
    screen({
      url,
      file: configuration.file,
      shownKey: configuration.shownKey,
      uses: [
        ['dashboard', `${url}/dashboard`],
        ['operator', operatorLine(first)],
        ['configuration', configuration.how],
        ['redis', redis.how],
        ['postgres', postgres.how],
        ['metrics', metrics],
        ['logs', logFolder],
      ],
    }),
  );
  return apps;
}

async function openStores(context: StoreContext, closing: Closing): Promise<{ redis: Store; postgres: Store }> {
  const opening = [findOrStartRedis(context), findOrStartPostgres(context)] as const;
  const settled = await Promise.allSettled(opening);
  for (const one of settled) if (one.status === 'fulfilled') closing.push(() => one.value.stop());
  const [redis, postgres] = await Promise.all(opening).catch((error: unknown) => {
    throw new Refusal([error instanceof Error ? error.message : String(error)], 1);
  });
  return { redis, postgres };
}

function openHomeOrRefuse(path: string): Home {
  try {
    return openHome(path);
  } catch (error) {
    throw new Refusal([error instanceof Error ? error.message : String(error)], 1);
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
