/** A list that grows at its end without being copied: what was there before is shared with it. */
export interface Chain<T> {
  readonly length: number;
  /** Absent in the empty chain. */
  readonly end?: { readonly before: Chain<T>; readonly item: T };
}

export const EMPTY_CHAIN: Chain<never> = { length: 0 };

export const linked = <T>(before: Chain<T>, item: T): Chain<T> => ({ length: before.length + 1, end: { before, item } });

export const linkedAll = <T>(before: Chain<T>, items: readonly T[]): Chain<T> => items.reduce(linked, before);

/** All items in their order. */
export function itemsOf<T>(chain: Chain<T>): readonly T[] {
  const items: T[] = [];
  for (let { end } = chain; end; { end } = end.before) items.push(end.item);
  return items.reverse();
}

/** The item at an index counted from 0, by as many steps as there are items behind it. */
export function itemAt<T>(chain: Chain<T>, index: number): T | undefined {
  let at = chain;
  while (at.end && at.length > index + 1) at = at.end.before;
  return at.length === index + 1 ? at.end?.item : undefined;
}

/** With another item in the place of one; the same chain where there is none at that index. */
export function replaced<T>(chain: Chain<T>, index: number, item: T): Chain<T> {
  if (!(index >= 0) || index >= chain.length) return chain;
  const behind: T[] = [];
  let at = chain;
  for (; at.end && at.length > index + 1; at = at.end.before) behind.push(at.end.item);
  return linkedAll(linked(at.end?.before ?? EMPTY_CHAIN, item), behind.reverse());
}
