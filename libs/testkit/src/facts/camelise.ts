/** Google's JSON mapping takes a member by either of its names; here it has the one in camel case. */
import type { JsonObject } from './json.ts';

/** The same values, members renamed at this level alone. */
export const camelised = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) =>
    [name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), value]));
