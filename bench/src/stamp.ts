/**
 * When the simulator wrote an event: its first member `sent_at`, epoch milliseconds with fractions. Both ends read the
 * kernel's monotonic clock, anchored to the time of day at the start of their process; on one machine they agree to about 0.1 ms.
 */
export const stampNow = (): number => performance.timeOrigin + performance.now();

export interface Stamp {
  readonly sentAt: number;
  /** Does the event carry a piece of the answer? The first and the last of a stream do not. */
  readonly content: boolean;
}

const SENT_AT = /^data: \{"sent_at":([\d.]+)/;
const CONTENT = /"content":"[^"]/;

export function readStamp(event: string): Stamp | undefined {
  const found = SENT_AT.exec(event);
  return found ? { sentAt: Number(found[1]), content: CONTENT.test(event) } : undefined;
}
