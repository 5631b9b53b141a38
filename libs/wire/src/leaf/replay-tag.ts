/** Reasoning that one format keeps for another: `sluice1.<family>.<value>`, so that it never goes to whoever cannot read it. */

export interface Tagged {
  readonly family: string;
  readonly value: string;
}

export const tag = ({ family, value }: Tagged): string => `sluice1.${family}.${value}`;

/** What was tagged; undefined for a value that is the format's own. */
export function untag(value: string): Tagged | undefined {
  const [, family, inner] = /^sluice1\.([a-z]+)\.([\s\S]*)$/.exec(value) ?? [];
  return family === undefined || inner === undefined ? undefined : { family, value: inner };
}
