/** Whether this process may be sent work: its stores answer, it knows its configuration, and it is not on its way out. */
export interface HealthOptions {
  readonly redis: () => Promise<void>;
  readonly postgres: () => Promise<void>;
  readonly stopping: () => boolean;
}

export interface Readiness {
  readonly ready: boolean;
  readonly redis: 'ok' | 'unreachable';
  readonly postgres: 'ok' | 'unreachable';
  readonly stopping: boolean;
}

export interface Health {
  ready(): Promise<Readiness>;
}

export function healthOf({ redis, postgres, stopping }: HealthOptions): Health {
  const look = (ping: () => Promise<void>): Promise<'ok' | 'unreachable'> => ping().then(() => 'ok', () => 'unreachable');
  return {
    async ready() {
      const [redisIs, postgresIs] = await Promise.all([look(redis), look(postgres)]);
      const leaving = stopping();
      return { ready: redisIs === 'ok' && postgresIs === 'ok' && !leaving, redis: redisIs, postgres: postgresIs, stopping: leaving };
    },
  };
}
