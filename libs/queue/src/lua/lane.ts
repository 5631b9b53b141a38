/** Scripts that take a waiting job out of its lane, or put it back. All on the connection's shard. */
import { script } from '../script.ts';

/**
 * Adds a job to the end of its lane (or to the place it is given), marks the lane active, wakes the owner. Atomic; adding
 * twice changes nothing. Writes the keys that BullMQ's own `add` writes for a queue without a worker (a contract test
 * compares them), at a third of its cost: nobody reads its events, and the marker is for workers. The owner is told the whole
 * ticket, so that it need not look for a job that nothing holds back.
 * Keys: lane (base key), active, expiry, and the lease of a fenced writer. Args: id, data (JSON), options (JSON), timestamp, lane,
 * member of expiry, start by, score or '', wake channel, and with a lease its fence. Returns 1, 0 when it was there, -1 when fenced off.
 */
export const ADD_TO_LANE = script('addToLane', `
if KEYS[4] and redis.call('HGET', KEYS[4], 'fence') ~= ARGV[10] then return -1 end
local job = KEYS[1] .. ':' .. ARGV[1]
if redis.call('EXISTS', job) == 1 then return 0 end
if redis.call('INCR', KEYS[1] .. ':id') == 1 then
  redis.call('HSET', KEYS[1] .. ':meta', 'opts.maxLenEvents', '0', 'version', 'bullmq:6.7.0')
end
redis.call('HSET', job, 'name', ARGV[1], 'data', ARGV[2], 'opts', ARGV[3], 'timestamp', ARGV[4], 'delay', '0', 'priority', '1')
local score = ARGV[8]
if score == '' then score = 0x100000000 + redis.call('INCR', KEYS[1] .. ':pc') % 0x100000000 end
redis.call('ZADD', KEYS[1] .. ':prioritized', score, ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[5])
redis.call('ZADD', KEYS[3], ARGV[7], ARGV[6])
redis.call('PUBLISH', ARGV[9], ARGV[5] .. '\\n' .. score .. '\\n' .. ARGV[2])
return 1
`);

/**
 * The client went away: the job leaves its lane but keeps its place (its score).
 * Keys: lane's `prioritized`, parked. Args: id, member of parked, until (epoch ms). Returns 1 when it was waiting.
 */
export const PARK = script('park', `
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
redis.call('HSET', KEYS[2] .. ':scores', ARGV[2], score)
return 1
`);

/** Back to its old place. Keys: lane's `prioritized`, parked. Args: id, member of parked. Returns 1 when it was parked. */
export const UNPARK = script('unpark', `
if redis.call('ZREM', KEYS[2], ARGV[2]) == 0 then return 0 end
local score = redis.call('HGET', KEYS[2] .. ':scores', ARGV[2])
redis.call('HDEL', KEYS[2] .. ':scores', ARGV[2])
redis.call('ZADD', KEYS[1], score, ARGV[1])
return 1
`);

/**
 * A job ends in its lane (or parked): taken out, written to the journal, and noted as retired until its own keys say so too.
 * Atomic: whoever takes it out of the lane has decided how it ends.
 * Keys: lane (base key), parked, expiry, journal, retired. Args: id, member, job record (JSON) or '', job, note (JSON).
 * Returns 1 when it was there.
 */
export const RETIRE = script('retire', `
local there = redis.call('ZREM', KEYS[1] .. ':prioritized', ARGV[1])
if redis.call('ZREM', KEYS[2], ARGV[2]) == 1 then
  redis.call('HDEL', KEYS[2] .. ':scores', ARGV[2])
  there = 1
end
if there == 0 then return 0 end
redis.call('DEL', KEYS[1] .. ':' .. ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[2])
if ARGV[3] ~= '' then redis.call('XADD', KEYS[4], '*', 'r', ARGV[3]) end
redis.call('HSET', KEYS[5], ARGV[4], ARGV[5])
return 1
`);
