/**
 * A client in a process of its own, which makes calls when told to: a line of JSON in for each, a line of JSON out with the
 * same id and either `result` or `error`, in whatever order they finish.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

type Said = Readonly<Record<string, unknown>>;

/** What a client made of a call. */
export interface Told {
  readonly result?: Said;
  readonly error?: Said;
}

export interface ClientProcess<Order extends object> {
  tell(order: Order): Promise<Told>;
  /** Rejects when the call raised. */
  result(order: Order): Promise<Said>;
  /** What the call raised; rejects when it was answered. */
  error(order: Order): Promise<Said>;
  stop(): Promise<void>;
}

export interface ClientProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** With `/v1`. */
  readonly baseURL: string;
  readonly key: string;
}

export function startClientProcess<Order extends object>({ command, args, baseURL, key }: ClientProgram): ClientProcess<Order> {
  const child = spawn(command, args, { env: { ...process.env, CLIENT_BASE_URL: baseURL, CLIENT_KEY: key }, stdio: 'pipe' });
  const gone = once(child, 'exit');
  const waiting = new Map<number, { resolve: (told: Told) => void; reject: (error: Error) => void }>();
  let complaints = '';
  let orders = 0;
  child.stderr.on('data', (data: Buffer) => {
    complaints += data.toString();
  });
  createInterface(child.stdout).on('line', (line) => {
    const { id, ...told } = JSON.parse(line) as Told & { id: number }; // a client writes nothing else
    waiting.get(id)?.resolve(told);
    waiting.delete(id);
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`the client ended:\n${complaints}`));
  });
  const tell = (order: Order): Promise<Told> =>
    new Promise((resolve, reject) => {
      const id = ++orders;
      waiting.set(id, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
    });
  return {
    tell,
    result: async (order) => {
      const { result, error } = await tell(order);
      if (!result) throw new Error(`it raised ${JSON.stringify(error)}`);
      return result;
    },
    error: async (order) => {
      const { result, error } = await tell(order);
      if (!error) throw new Error(`it answered ${JSON.stringify(result)}`);
      return error;
    },
    stop: async () => {
      child.stdin.end();
      await gone;
    },
  };
}
