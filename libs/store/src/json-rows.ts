/**
 * Rows on their way into a statement as one JSON parameter, read there with `json_to_recordset`: one plan whatever the
 * number of rows, and the encoding is the engine's own.
 */

/** More rows than this gain nothing and only hold locks longer. */
export const ROWS_A_STATEMENT = 1_000;

export function* chunksOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) yield rows.slice(start, start + ROWS_A_STATEMENT);
}

/** Postgres keeps no NUL and no half of a surrogate pair in a text, and a provider's message may hold either. */
const UNSTORABLE = /\0|\p{Surrogate}/gu;

export function jsonRows(rows: readonly object[]): string {
  const text = JSON.stringify(rows);
  // Such escapes are rare, and looking for them costs a tenth of visiting every value.
  if (!/\\u(0000|d[89a-f])/i.test(text)) return text;
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(UNSTORABLE, '\ufffd') : value);
}
