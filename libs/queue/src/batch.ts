/**
 * Collects what is asked for while the previous round trip is under way, and sends it in the next: alone, a request goes
 * out at once; under load, one round trip carries many.
 */
export function batched<In, Out>(atMost: number, send: (items: readonly In[]) => Promise<readonly Out[]>): (item: In) => Promise<Out> {
  interface Waiting { readonly item: In; readonly done: (out: Out) => void; readonly failed: (error: unknown) => void }
  let waiting: Waiting[] = [];
  let busy = false;

  const pump = async () => {
    busy = true;
    while (waiting.length > 0) {
      const now = waiting.slice(0, atMost);
      waiting = waiting.slice(atMost);
      try {
        const outs = await send(now.map(({ item }) => item));
        now.forEach(({ done }, index) => done(outs[index] as Out)); // one for each, by the contract of send
      } catch (error) {
        for (const { failed } of now) failed(error);
      }
    }
    busy = false;
  };

  return (item) => new Promise<Out>((done, failed) => {
    waiting.push({ item, done, failed });
    if (!busy) { busy = true; queueMicrotask(() => void pump()); }
  });
}

export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
