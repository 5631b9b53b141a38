/** The JSON Schema of `sluice.yaml`, published as docs/sluice.schema.json so that editors complete and check the file. */
import { z } from 'zod';
import { fileSchema } from './schema.ts';

/** In an editor a text may still be `${NAME}`, whatever pattern its value will have to match. */
const REFERENCE = '\\$\\{';

export function configurationFileJsonSchema(): object {
  return z.toJSONSchema(fileSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      const { pattern, format } = jsonSchema;
      if (jsonSchema.type !== 'string' || (pattern === undefined && format === undefined)) return;
      delete jsonSchema.pattern;
      delete jsonSchema.format;
      jsonSchema.anyOf = [{ ...(pattern && { pattern }), ...(format && { format }) }, { pattern: REFERENCE }];
    },
  });
}
