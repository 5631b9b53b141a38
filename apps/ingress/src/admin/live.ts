/**
 * `GET /live`: one snapshot of the queues of an environment, then each second what changed. All who watch an environment
 * share one look a second, whose cost is that of its lanes. What is sent names its moment, so that whoever comes back simply
 * gets a snapshot again.
 */
import type { ServerResponse } from 'node:http';
import type { Environment, Part } from '@sluice/domain';
import type { AdminParts } from './parts.ts';
import { queuesOf } from './queues.ts';

export interface Live extends Part {
  watch(environmentId: string, res: ServerResponse): void;
}

const EVERY_MS = 1_000;
/** Then a reader comes back, and shows again that it may read. */
const LONGEST_MS = 300_000;
/** A reader that is this much behind is cut off; it comes back to a snapshot. */
const MOST_BEHIND_BYTES = 4_000_000;

interface Watched {
  readonly readers: Set<ServerResponse>;
  /** As it was sent last, by connection; undefined: nobody looked yet. */
  last: ReadonlyMap<string, string> | undefined;
}

export function openLive({ operations, snapshot, now, log }: Pick<AdminParts, 'operations' | 'snapshot' | 'now' | 'log'>): Live {
  const watched = new Map<string, Watched>();
  let timer: NodeJS.Timeout | undefined;

  async function look(environment: Environment): Promise<ReadonlyMap<string, string>> {
    const views = await operations.views(environment.connections.map(({ id }) => id));
    return new Map(queuesOf(environment, views).map((queue) => [queue.connection, JSON.stringify(queue)]));
  }

  async function tick(): Promise<void> {
    for (const [id, one] of watched) {
      const environment = snapshot().environments.find((each) => each.id === id);
      if (!environment) {
        for (const reader of one.readers) reader.destroy();
        continue;
      }
      const present = await look(environment).catch((error: unknown) => void log.debug({ error }, 'the queues could not be looked at')); // the next second tries again
      if (!present) continue;
      const before = one.last;
      one.last = present;
      if (before) tell(one.readers, changeEvent(before, present, now()));
    }
  }

  function leave(id: string, res: ServerResponse): void {
    const one = watched.get(id);
    one?.readers.delete(res);
    if (one?.readers.size === 0) watched.delete(id);
    if (watched.size === 0) {
      clearTimeout(timer);
      timer = undefined;
    }
  }

  const again = (): void => { timer = setTimeout(() => void tick().finally(() => { if (timer) again(); }), EVERY_MS); };

  return {
    watch(id, res) {
      res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      res.flushHeaders();
      const environment = snapshot().environments.find((each) => each.id === id);
      if (!environment) return void res.destroy();
      const over = setTimeout(() => res.end(), LONGEST_MS);
      res.on('close', () => {
        clearTimeout(over);
        leave(id, res);
      });
      look(environment).then((present) => {
        if (res.closed) return;
        res.write(event('snapshot', `{"at":${Math.round(now())},"queues":[${[...present.values()].join(',')}]}`));
        const one: Watched = watched.get(id) ?? { readers: new Set(), last: present };
        one.readers.add(res);
        watched.set(id, one);
        if (!timer) again();
      }, () => res.destroy()); // it comes back
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      for (const { readers } of watched.values()) for (const reader of readers) reader.destroy();
    },
  };
}

/** Told also when nothing changed: it shows that the connection lives. */
function changeEvent(before: ReadonlyMap<string, string>, present: ReadonlyMap<string, string>, at: number): string {
  const changed = [...present].filter(([name, text]) => before.get(name) !== text).map(([, text]) => text);
  const gone = [...before.keys()].filter((name) => !present.has(name));
  return event('change', `{"at":${Math.round(at)},"queues":[${changed.join(',')}],"gone":${JSON.stringify(gone)}}`);
}

const event = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`;

function tell(readers: ReadonlySet<ServerResponse>, text: string): void {
  for (const reader of readers) {
    if (reader.writableLength > MOST_BEHIND_BYTES) reader.destroy();
    else reader.write(text);
  }
}
