/**
 * What providers have closed, as this worker heard it: until when nothing is to be sent on a connection, or to one of its models.
 *
 * The scheduler closes the way for what it grants from then on, but not for what it had granted by then: those permits lie here, or come
 * out of dispatch. They are given back unsent. A permit granted so much later that the scheduler knew of the refusal is the scheduler's
 * word, and stands: an operator may have closed the circuit again.
 */
import type { Granted } from '@sluice/queue';

/** A refusal is reported, or found by whoever takes over, well within this. */
const KNOWN_AFTER_MS = 5_000;

export interface Cooldown {
  /** Epoch ms, both. */
  readonly heardAt: number;
  readonly until: number;
  readonly scope: 'connection' | 'model';
}

type Place = Pick<Granted, 'c' | 'm'>;

export interface Cooldowns {
  /** The provider refused a call of this place. */
  refused(place: Place, cooldown: Cooldown): void;
  /** What keeps a granted call from being sent; undefined: nothing does. */
  closing(granted: Place & Pick<Granted, 'ga'>, now: number): Cooldown | undefined;
}

export function openCooldowns(): Cooldowns {
  const known = new Map<string, Cooldown>();
  return {
    refused(place, cooldown) {
      for (const [name, { until }] of known) if (until <= cooldown.heardAt) known.delete(name);
      const name = nameOf(place, cooldown.scope);
      const before = known.get(name);
      known.set(name, { ...cooldown, until: Math.max(cooldown.until, before?.until ?? 0) });
    },
    closing(granted, now) {
      const both = [known.get(nameOf(granted, 'connection')), known.get(nameOf(granted, 'model'))];
      return both.filter((one) => one !== undefined)
        .filter(({ heardAt, until }) => now < until && granted.ga < heardAt + KNOWN_AFTER_MS)
        .sort((a, b) => b.until - a.until)[0];
    },
  };
}

const nameOf = ({ c, m }: Place, scope: Cooldown['scope']): string => (scope === 'model' ? `${c}|${m}` : c);
