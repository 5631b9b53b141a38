/**
 * Who may do what: statements that allow or deny actions on resources, by patterns of `*` (any run of characters) and `?`
 * (one). A denial wins over every permission, and what nothing allows is denied.
 */
export interface Statement {
  readonly effect: 'allow' | 'deny';
  /** Such as `connections:pause`, `*:read`. */
  readonly actions: readonly string[];
  /** Such as `environment/<id>/connections/main`. */
  readonly resources: readonly string[];
}

export interface Wish {
  readonly action: string;
  readonly resource: string;
}

export function permits(statements: readonly Statement[], wish: Wish): boolean {
  const speaking = statements.filter(({ actions, resources }) => matchesAny(actions, wish.action) && matchesAny(resources, wish.resource));
  return speaking.some(({ effect }) => effect === 'allow') && !speaking.some(({ effect }) => effect === 'deny');
}

const matchesAny = (patterns: readonly string[], text: string): boolean => patterns.some((pattern) => matchesPattern(pattern, text));

/** The whole text, in time bounded by the product of both lengths: after a mismatch only the last `*` takes one character more. */
export function matchesPattern(pattern: string, text: string): boolean {
  let [at, inPattern] = [0, 0];
  let star: { readonly inPattern: number; at: number } | undefined;
  while (at < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = { inPattern, at };
      inPattern += 1;
    } else if (wanted === '?' || wanted === text[at]) {
      inPattern += 1;
      at += 1;
    } else if (star) {
      star.at += 1;
      at = star.at;
      inPattern = star.inPattern + 1;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(inPattern));
}
