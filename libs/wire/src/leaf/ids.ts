/**
 * Ids of tool calls, from one format to another within one request. An id that the target accepts stays; one that it does not
 * accept, that is empty or that stands twice becomes `call_<n>` (or what else is made of it) by the position of its call. A result belongs to the oldest open
 * call of its id, one without id to the oldest open call, and failing that to the last call that had it.
 */
export interface IdMap {
  /** The next call in order; its id in the target. */
  call(id: string): string;
  /** The id in the target of the call that a result answers. */
  result(id: string): string;
  /** Calls that have no result yet, as the target has them. */
  open(): readonly string[];
}

export function mapIds(legal: RegExp, madeOf: (position: number) => string = (position) => `call_${position}`): IdMap {
  const used = new Set<string>();
  const open: { readonly id: string; readonly mapped: string }[] = [];
  const last = new Map<string, string>();
  let calls = 0;

  const fresh = (id: string): string => {
    if (legal.test(id) && !used.has(id)) return id;
    for (;;) {
      const made = madeOf(calls++);
      if (!used.has(made)) return made;
    }
  };

  return {
    call(id) {
      const mapped = fresh(id);
      used.add(mapped);
      open.push({ id, mapped });
      last.set(id, mapped);
      return mapped;
    },
    result(id) {
      const index = open.findIndex((one) => id === '' || one.id === id);
      const [found] = index < 0 ? [] : open.splice(index, 1);
      return found?.mapped ?? last.get(id) ?? (legal.test(id) ? id : 'call_unknown');
    },
    open: () => open.map(({ mapped }) => mapped),
  };
}
