/** Reading environment variables: all problems are told at once, each naming its variable, none repeating a secret. */

export type Variables = Readonly<Record<string, string | undefined>>;

/** What is wrong with the environment, a line each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export interface EnvironmentReader {
  /** `otherwise` undefined: the variable is required. `parse` throws an Error that says what the value must be. */
  read<T>(name: string, parse: (text: string) => T, otherwise: T | undefined): T;
  /** Throws `ConfigError` when anything read so far was wrong. */
  check(): void;
}

export function readEnvironment(env: Variables): EnvironmentReader {
  const problems: string[] = [];
  return {
    read<T>(name: string, parse: (text: string) => T, otherwise: T | undefined): T {
      const text = env[name]?.trim() ?? '';
      try {
        if (text !== '') return parse(text);
        if (otherwise !== undefined) return otherwise;
        problems.push(`${name} is not set`);
      } catch (error) {
        problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
      return otherwise as T; // never looked at: `check` refuses the whole configuration
    },
    check() {
      if (problems.length > 0) throw new ConfigError(problems);
    },
  };
}

export const anyText = (text: string): string => text;

/** The value may hold a password: it is not repeated. */
export const urlOf = (protocols: readonly string[]) => (text: string): string => {
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
    throw new Error(`must be a URL beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
  }
  return text;
};

export const integerBetween = (least: number, most: number) => (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) throw new Error(`must be an integer from ${least} to ${most}, not "${text}"`);
  return value;
};

export const REDIS_URLS = ['redis:', 'rediss:', 'redis+cluster:'];
export const POSTGRES_URLS = ['postgres:', 'postgresql:'];
