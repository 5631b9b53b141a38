/** Why a call failed, in so few words that equal reasons are equal: messages name times and ids, codes do not. */

/** Of an error body: its code, else its type, else its beginning. */
export function reasonOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    const error = isObject(parsed) && isObject(parsed['error']) ? parsed['error'] : {};
    const word = error['code'] ?? error['type'];
    if (typeof word === 'string') return word;
  } catch {
    // no JSON: told as it is
  }
  return body.replaceAll(/\s+/g, ' ').slice(0, 100);
}

/** Of a connection that failed. */
export const describeFailure = (error: Error & { readonly code?: string }): string => `${error.code ?? error.name}: ${error.message}`.slice(0, 100);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
