/** Which configuration a start applies: the file it was given, else the demo; parsed, or refused whole. */
import type { ConfigurationFile } from '@sluice/domain/configuration-file';
import { parseConfigurationFile } from '@sluice/domain/configuration-file';
import { DEMO_KEY, makeDemo } from './demo.ts';

export interface ChosenConfiguration {
  readonly file: ConfigurationFile;
  /** For the admin events: where it came from. */
  readonly actor: string;
  readonly how: string;
  readonly simulated: boolean;
  /** How the first usable key may be shown, ready for a shell: `$NAME` where the file reads it from the environment. */
  readonly shownKey: string | null;
}

export type Choice = { readonly configuration: ChosenConfiguration } | { readonly problems: readonly string[] };

/** The file as it was read; null: there is none, and the demo stands in. */
export type WrittenFile = { readonly name: string; readonly text: string } | null;

/** Problems are lines `file:line:column path: message`; none holds a value of the environment. */
export function chooseConfiguration(written: WrittenFile, env: NodeJS.ProcessEnv, simulatorUrl: string): Choice {
  if (written === null) {
    const demo = makeDemo(env, simulatorUrl);
    const parsed = parse(demo.text, 'the demo', env);
    if ('problems' in parsed) return parsed;
    return { configuration: { file: parsed.file, actor: 'demo', how: demo.how, simulated: demo.simulated, shownKey: DEMO_KEY } };
  }
  const { name, text } = written;
  const parsed = parse(text, name, env);
  if ('problems' in parsed) return parsed;
  return {
    configuration: {
      file: parsed.file,
      actor: `file:${name}`,
      how: name,
      simulated: false,
      shownKey: asWritten(text, parsed.file),
    },
  };
}

type Parsed = { readonly file: ConfigurationFile } | { readonly problems: readonly string[] };

function parse(text: string, name: string, env: NodeJS.ProcessEnv): Parsed {
  const parsed = parseConfigurationFile(text, env);
  if (parsed.ok) return { file: parsed.file };
  return {
    problems: parsed.problems.map(
      ({ line, column, path, message }) => `${name}:${line}:${column} ${path ? `${path}: ` : ''}${message}`,
    ),
  };
}

/** Reads the file again with every variable standing for itself, which tells a key that is written out from one that is not. */
function asWritten(text: string, file: ConfigurationFile): string | null {
  const index = file.apiKeys.findIndex((key) => key.enabled);
  const key = file.apiKeys[index]?.key;
  if (key === undefined) return null;
  const names = [...text.matchAll(/\$\{([A-Za-z_]\w*)/g)].map(([, name = '']) => name);
  const again = parseConfigurationFile(text, Object.fromEntries(names.map((name) => [name, `\${${name}}`])));
  const written = again.ok ? again.file.apiKeys[index]?.key : undefined;
  const variable = /^\$\{(\w+)\}$/.exec(written ?? '')?.[1];
  if (variable) return `$${variable}`;
  // Written out, or nothing that a shell would understand: then no key is shown.
  return written === key ? key : null;
}
