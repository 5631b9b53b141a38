/** The queues as they are: one snapshot, then what changes each second. The browser reconnects by itself, and gets a snapshot again. */
import { useEffect, useState } from 'react';
import type { Queue } from './api.tsx';

export interface Live {
  readonly queues: readonly Queue[];
  readonly state: 'connecting' | 'live' | 'broken';
}

interface Told {
  readonly queues: readonly Queue[];
  readonly gone?: readonly string[];
}

export function useLive(environment: string): Live {
  const [live, setLive] = useState<Live>({ queues: [], state: 'connecting' });
  useEffect(() => {
    const source = new EventSource(`/admin/v1/live?${new URLSearchParams({ environment })}`);
    const read = (event: Event): Told => JSON.parse((event as MessageEvent<string>).data) as Told; // as the API promises
    source.addEventListener('snapshot', (event) => setLive({ queues: read(event).queues, state: 'live' }));
    source.addEventListener('change', (event) => {
      const told = read(event);
      setLive(({ queues }) => ({ queues: merged(queues, told), state: 'live' }));
    });
    source.addEventListener('error', () => setLive(({ queues }) => ({ queues, state: 'broken' })));
    return () => source.close();
  }, [environment]);
  return live;
}

/** In their old places: nothing jumps while it is read. */
function merged(before: readonly Queue[], { queues, gone = [] }: Told): readonly Queue[] {
  if (queues.length === 0 && gone.length === 0) return before;
  const changed = new Map(queues.map((queue) => [queue.connection, queue]));
  const kept = before.filter(({ connection }) => !gone.includes(connection)).map((queue) => changed.get(queue.connection) ?? queue);
  return [...kept, ...queues.filter(({ connection }) => !before.some((queue) => queue.connection === connection))];
}
