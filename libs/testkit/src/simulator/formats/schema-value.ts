/** The plainest value that a JSON schema allows, for tool arguments and structured answers. */

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Deeper than this a recursive schema is left with null. */
const MAX_DEPTH = 8;

/** `text` is what a string without other conditions becomes. */
export function valueOf(schema: unknown, text: string): unknown {
  const root = schema;
  const resolve = (ref: string): unknown => ref.split('/').slice(1)
    .reduce<unknown>((at, name) => (isSchema(at) ? at[name.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined), root);

  const make = (at: unknown, depth: number): unknown => {
    if (!isSchema(at) || depth > MAX_DEPTH) return null;
    if (typeof at['$ref'] === 'string') return make(resolve(at['$ref']), depth + 1);
    if (at['const'] !== undefined) return at['const'];
    if (Array.isArray(at['enum'])) return at['enum'][0];
    const either = at['anyOf'] ?? at['oneOf'] ?? at['allOf'];
    if (Array.isArray(either)) return make(either[0], depth + 1);
    return byType(at, depth);
  };

  const byType = (at: Schema, depth: number): unknown => {
    const said: unknown = at['type'] ?? (isSchema(at['properties']) ? 'object' : undefined);
    const type: unknown = Array.isArray(said) ? said[0] : said;
    switch (type) {
      case 'object': {
        const properties = isSchema(at['properties']) ? at['properties'] : {};
        return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, make(property, depth + 1)]));
      }
      case 'array': {
        const count = typeof at['minItems'] === 'number' ? Math.max(1, at['minItems']) : 1;
        return Array.from({ length: count }, () => make(at['items'], depth + 1));
      }
      case 'integer':
      case 'number': return typeof at['minimum'] === 'number' ? at['minimum'] : 1;
      case 'boolean': return true;
      case 'null': return null;
      case 'string': return text;
      default: return type === undefined ? text : null;
    }
  };

  return make(root, 0);
}
