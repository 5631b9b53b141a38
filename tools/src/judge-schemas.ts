/**
 * `npm run judge-schemas`: writes the JSON Schemas by which conversions are judged, from the types of the official SDKs
 * (Apache-2.0 and MIT) that `libs/testkit/src/judges/judged.ts` names. Run it after an update of an SDK.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { JUDGED, schemaFile } from '@sluice/testkit/judges';
import { createGenerator, type Config } from 'ts-json-schema-generator';

const root = fileURLToPath(new URL('../../', import.meta.url));

const config: Config = {
  path: `${root}libs/testkit/src/judges/judged.ts`,
  tsconfig: `${root}libs/testkit/tsconfig.json`,
  additionalProperties: false,
  jsDoc: 'none',
  skipTypeCheck: true,
  topRef: true,
};

/** The schemas by name, as JSON text with a definition a line, so that a change shows where it is. */
export function judgeSchemas(): ReadonlyMap<(typeof JUDGED)[number], string> {
  const generator = createGenerator(config);
  return new Map(JUDGED.map((name) => {
    const { definitions = {}, ...rest } = generator.createSchema(name);
    const lines = Object.entries(definitions).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    return [name, `${JSON.stringify(rest).slice(0, -1)},"definitions":{\n${lines.join(',\n')}\n}}\n`];
  }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const [name, text] of judgeSchemas()) writeFileSync(schemaFile(name), text);
