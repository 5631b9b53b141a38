/**
 * The one-shot step before the apps of an installation whose stores run elsewhere: brings the database to this release and the
 * configuration of SLUICE_CONFIG into it. Exit code 78 when variables or the file are wrong; then nothing was applied.
 */
import { readFileSync } from 'node:fs';
import { chooseConfiguration } from './chosen-configuration.ts';
import { operatorLine, prepare } from './prepare.ts';
import { CONFIGURATION_EXIT, readSettings } from './settings.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);

function refuse(problems: readonly string[], exitCode: number): never {
  for (const problem of problems) process.stderr.write(`sluice: ${problem}\n`);
  process.exit(exitCode);
}

const { DATABASE_URL: databaseUrl, SLUICE_MASTER_KEY: masterKey, SLUICE_CONFIG: configFile } = process.env;
const read = readSettings(process.env);
if ('problems' in read) refuse(read.problems, CONFIGURATION_EXIT);
if (!databaseUrl || !masterKey || !configFile)
  refuse(['DATABASE_URL, SLUICE_MASTER_KEY and SLUICE_CONFIG must be set'], CONFIGURATION_EXIT);
// There is no demo here: the address of a simulator is never used.
const choice = chooseConfiguration({ name: configFile, text: readFileSync(configFile, 'utf8') }, process.env, '');
if ('problems' in choice) refuse([...choice.problems, 'nothing was applied'], CONFIGURATION_EXIT);
try {
  const { file, actor } = choice.configuration;
  const first = await prepare({ databaseUrl, masterKey, file, actor, adminPassword: read.settings.adminPassword, say });
  say(`operator: ${operatorLine(first)}`);
} catch (error) {
  refuse([error instanceof Error ? error.message : String(error)], 1);
}
say('the database is ready, and the configuration is applied');
