/** The line without anything in between: what every other figure is held against. */
import type { System } from './system.ts';

export const direct: System = {
  name: 'direct',
  async start({ provider }) {
    return {
      target: { origin: provider.origin, headers: { authorization: 'Bearer sk-bench-direct' }, model: provider.model },
      processes: () => [],
      stop: async () => {},
    };
  },
};
