/** The other end of client-process.ts: a program that carries out what it is told, line by line, whatever finishes first. */
import { createInterface } from 'node:readline';

type Scenarios<Order> = Readonly<Record<string, (order: Order) => Promise<object>>>;

/** `told`: what a user can tell of an error. */
export function serveOrders<Order extends { readonly scenario: string }>(scenarios: Scenarios<Order>, told: (error: unknown) => object): void {
  const answer = async (line: string): Promise<void> => {
    const order = JSON.parse(line) as Order & { readonly id: number }; // written by client-process.ts
    const scenario = scenarios[order.scenario];
    if (!scenario) throw new Error(`there is no scenario ${order.scenario}`);
    const said = await scenario(order).then((result) => ({ result }), (error: unknown) => ({ error: told(error) }));
    process.stdout.write(`${JSON.stringify({ id: order.id, ...said })}\n`);
  };
  createInterface(process.stdin).on('line', (line) => void answer(line));
}

/** Of an error that is none of the client's own. */
export const unexpected = (error: unknown): object => (error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : { name: 'unknown', said: error });
