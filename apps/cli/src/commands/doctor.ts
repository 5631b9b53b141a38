/** `doctor`: what is wrong with an installation, in order of importance. */
import { type Command, EXIT } from '../command.ts';
import { dataOf, json } from '../output.ts';

const SIGNS: Readonly<Record<string, string>> = { broken: 'BROKEN ', warning: 'warning', note: 'note   ' };

export const doctor: Command = {
  words: ['doctor'], args: [], summary: 'What is wrong, the worst first. Exit code 2: something is broken.',
  run: async ({ api, print, say, json: asJson }) => {
    const told = await api.admin('/findings');
    const findings = dataOf(told);
    if (asJson) print(json(told));
    else if (findings.length === 0) say('nothing is wrong');
    else for (const { severity, about, text } of findings) print(`${SIGNS[String(severity)] ?? String(severity)}  ${String(about)}: ${String(text)}`);
    return findings.some(({ severity }) => severity === 'broken') ? EXIT.found : EXIT.done;
  },
};
