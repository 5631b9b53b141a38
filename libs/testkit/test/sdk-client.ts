/** What the tests of SDKs share: all of a stream, and the error of a call that must fail. */
export async function allOf<T>(source: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

export const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => { throw new Error('answered'); }, (error: unknown) => error);
