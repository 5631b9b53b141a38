/**
 * `${NAME}` and `${NAME:-default}` in any text of the file; `$${` stands for a literal `${`. As in a shell, the default
 * also replaces an empty value. What is put in is never looked at again, so a value may hold anything.
 */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

export type Environ = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly text: string;
  /** What could not be put in: the reference as it begins in the source, and why. */
  readonly failures: readonly { readonly source: string; readonly message: string }[];
}

export function interpolate(text: string, env: Environ): Interpolated {
  const failures: { source: string; message: string }[] = [];
  const result = text.replace(REFERENCE, (found: string, name?: string, fallback?: string) => {
    if (found === '$${') return '${';
    if (name === undefined) {
      failures.push({ source: found, message: 'not a reference: write ${NAME} or ${NAME:-default}, or $${ for a literal ${' });
      return found;
    }
    // An own property only: `${constructor}` must not find what every object inherits.
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined) return value || fallback;
    if (value !== undefined) return value;
    failures.push({ source: `\${${name}`, message: `\${${name}} is not set in the environment and has no default` });
    return found;
  });
  return { text: result, failures };
}
