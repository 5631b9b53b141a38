/** A token that is made for a while: asked for each call, fetched only when the last one is about to end. */
export type TokenSource = () => Promise<string>;

export interface FetchedToken {
  readonly token: string;
  readonly expiresInMs: number;
}

/** Fetched anew this long before its end, so that none ends on its way. */
const EARLY_MS = 5 * 60_000;

/** One fetch at a time, however many ask; a failure is told to all of them and not kept. */
export function keptToken(fetchOne: () => Promise<FetchedToken>, now: () => number): TokenSource {
  let kept: { readonly token: string; readonly until: number } | undefined;
  let fetching: Promise<string> | undefined;
  return async () => {
    if (kept && now() < kept.until) return kept.token;
    fetching ??= fetchOne().then(({ token, expiresInMs }) => {
      kept = { token, until: now() + Math.max(0, expiresInMs - EARLY_MS) };
      return token;
    }).finally(() => { fetching = undefined; });
    return fetching;
  };
}
