/**
 * Every Redis key and channel, named in one place.
 *
 * A job's own keys share the hash tag of the job; everything a connection's scheduler touches in one script (lanes,
 * dispatch, permits, lease, journal) shares the tag of the connection's shard. A single Redis has one shard.
 */
export interface Keys {
  readonly prefix: string;
  readonly job: (id: string) => string;
  readonly frames: (id: string) => string;
  /** Prefix given to BullMQ: its keys are `<this>:<queue>:<part>`. */
  readonly queues: string;
  readonly lane: (lane: string) => string;
  readonly dispatch: string;
  readonly active: (connection: string) => string;
  readonly permits: (connection: string) => string;
  readonly inbox: (connection: string) => string;
  readonly lease: (connection: string) => string;
  readonly fence: (connection: string) => string;
  readonly expiry: (connection: string) => string;
  readonly parked: (connection: string) => string;
  readonly eta: (connection: string) => string;
  /** What its owner tells operators. */
  readonly view: (connection: string) => string;
  readonly heard: (connection: string) => string;
  readonly circuits: (connection: string) => string;
  /** What is lent of a limit that spans connections, and to whom. */
  readonly shared: (limit: string) => string;
  readonly openCircuits: string;
  readonly retired: string;
  /** Who puts kept jobs into lanes. */
  readonly feeder: string;
  readonly journal: string;
  readonly learned: string;
  readonly workers: string;
  readonly schedulers: string;
  readonly ingresses: string;
  readonly ingressJobs: (ingress: string) => string;
  readonly fingerprint: (fingerprint: string) => string;
  readonly memory: (place: string) => string;
  readonly discovered: (connection: string) => string;
  readonly epoch: string;
  readonly channels: {
    readonly reply: (ingress: string) => string;
    readonly wake: (connection: string) => string;
    /** Why jobs wait that this ingress asked about. */
    readonly explained: (ingress: string) => string;
    readonly cancel: string;
    /** A kept job was accepted. */
    readonly feed: string;
    readonly configuration: string;
  };
}

export const DISPATCH = 'dispatch';

/** `database`: of Redis, whose channels are heard in all of its databases. */
export function keysOf(prefix: string, database: number): Keys {
  const channel = `${prefix}:${database}`;
  const shard = `${prefix}:{s0}`;
  const queues = `${shard}:q`;
  return {
    prefix,
    job: (id) => `${prefix}:{j:${id}}`,
    frames: (id) => `${prefix}:{j:${id}}:frames`,
    queues,
    lane: (lane) => `${queues}:${lane}`,
    dispatch: `${queues}:${DISPATCH}`,
    active: (connection) => `${shard}:active:${connection}`,
    permits: (connection) => `${shard}:permits:${connection}`,
    inbox: (connection) => `${shard}:inbox:${connection}`,
    lease: (connection) => `${shard}:lease:${connection}`,
    fence: (connection) => `${shard}:fence:${connection}`,
    expiry: (connection) => `${shard}:expiry:${connection}`,
    parked: (connection) => `${shard}:parked:${connection}`,
    eta: (connection) => `${shard}:eta:${connection}`,
    view: (connection) => `${shard}:view:${connection}`,
    heard: (connection) => `${shard}:heard:${connection}`,
    circuits: (connection) => `${shard}:circuits:${connection}`,
    shared: (limit) => `${shard}:shared:${limit}`,
    openCircuits: `${shard}:open-circuits`,
    retired: `${shard}:retired`,
    feeder: `${shard}:feeder`,
    journal: `${shard}:journal`,
    learned: `${shard}:learned`,
    workers: `${shard}:workers`,
    schedulers: `${shard}:schedulers`,
    ingresses: `${shard}:ingresses`,
    ingressJobs: (ingress) => `${prefix}:ingress:${ingress}:jobs`,
    fingerprint: (fingerprint) => `${prefix}:fp:${fingerprint}`,
    memory: (place) => `${prefix}:memory:${place}`,
    discovered: (connection) => `${prefix}:discovered:${connection}`,
    epoch: `${prefix}:epoch`,
    channels: {
      reply: (ingress) => `${prefix}:reply:${ingress}`,
      wake: (connection) => `${channel}:wake:${connection}`,
      explained: (ingress) => `${prefix}:explained:${ingress}`,
      cancel: `${channel}:cancel`,
      feed: `${channel}:feed`,
      configuration: `${channel}:config`,
    },
  };
}
