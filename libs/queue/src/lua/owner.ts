/** Scripts of a connection's owner: lease, take over, look, grant, withdraw. Every one that writes compares the fence. */
import { script } from '../script.ts';

/**
 * Keys: lease, fence. Args: owner, ms. Returns the fencing number, or 0 when another holds the lease.
 * The number is the greater of the previous + 1 and Redis' time in µs: a wiped Redis never gives an old one again.
 */
export const ACQUIRE = script('acquire', `
local holder = redis.call('HGET', KEYS[1], 'owner')
if holder then return 0 end
local time = redis.call('TIME')
local fence = tonumber(time[1]) * 1000000 + tonumber(time[2])
local previous = tonumber(redis.call('GET', KEYS[2]) or '0')
if previous >= fence then fence = previous + 1 end
local text = string.format('%.0f', fence)
redis.call('SET', KEYS[2], text)
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'fence', text)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return text
`);

/** Keys: lease. Args: fence, ms (0: give it up). Returns 1 while it is ours. */
export const RENEW = script('renew', `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
`);

/** What an owner leaves for others to read. Keys: lease, key. Args: fence, text, ms to keep. Returns 1 while the lease is ours. */
export const SAVE_FENCED = script('saveFenced', `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
`);

/**
 * Lends a connection its part of a limit that spans connections. All parts together are never more than the limit, but for what was charged
 * before the limit became less. Where all want more than there is each may have an even part, and what others do not want.
 * For some seconds after Redis began anew nobody is lent more than before: others have not said yet what they hold.
 * A part that becomes less is free to others when the connection next says that it has no more: until then it may be spending it.
 * Keys: lease, limit, epoch. Args: fence, connection, amount, taken, wanted, lent, now, ms to keep. Returns the part, or nil when fenced off.
 */
export const LEND = script('lend', `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return false end
local amount, taken, wanted, now = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[7])
local fields = redis.call('HGETALL', KEYS[2])
local parties, held, asked = 1, 0, {}
for i = 1, #fields, 2 do
  local part, want, untilMs = string.match(fields[i + 1], '^(%S+) (%S+) (%S+)$')
  if tonumber(untilMs) <= now then
    redis.call('HDEL', KEYS[2], fields[i])
  elseif fields[i] ~= ARGV[2] then
    parties = parties + 1
    held = held + tonumber(part)
    asked[#asked + 1] = tonumber(want)
  end
end
local even, others = math.floor(amount / parties), 0
for i = 1, #asked do others = others + math.min(asked[i], even) end
local part = math.min(wanted, amount - held, math.max(even, amount - others))
local beganAt = redis.call('HGET', KEYS[3], 'at')
if not beganAt or now - tonumber(beganAt) < 3000 then part = math.min(part, tonumber(ARGV[6])) end
part = math.max(taken, part)
redis.call('HSET', KEYS[2], ARGV[2], string.format('%.0f %.0f %.0f', math.max(part, tonumber(ARGV[6])), wanted, now + tonumber(ARGV[8])))
redis.call('PEXPIRE', KEYS[2], ARGV[8])
return string.format('%.0f', part)
`);

/**
 * Writes permits again that an owner remembers and Redis has lost. What Redis has of one stays: it may know more.
 * Keys: lease, permits. Args: fence, then for each: grant, permit (JSON), state. Returns 1 while the lease is ours.
 */
export const RESTORE = script('restore', `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 3 do
  redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('HSETNX', KEYS[2], ARGV[i] .. ':s', ARGV[i + 2])
end
return 1
`);

/** Tells one who asked. Keys: lease. Args: fence, channel, message. Returns 1 while the lease is ours. */
export const ANSWER = script('answer', `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
`);

/** A new owner reads all permits, and drops the inbox, which tells of nothing else. Keys: lease, permits, inbox. Args: fence. Returns the hash, or nil when fenced off. */
export const TAKE_OVER = script('takeOver', `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return false end
redis.call('DEL', KEYS[3])
return redis.call('HGETALL', KEYS[2])
`);

/**
 * What happened since the last look: reports of workers, and the heads of the lanes named.
 * Keys: lease, inbox. Args: fence, reports at most, heads a lane, then base keys of lanes.
 * Returns {reports, {waiting, id, score, data, id, score, data, …} for each lane}, or nil when fenced off.
 */
export const LOOK = script('look', `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return false end
local reports = redis.call('LPOP', KEYS[2], ARGV[2]) or {}
local lanes = {}
for i = 4, #ARGV do
  local lane = ARGV[i]
  local waiting = lane .. ':prioritized'
  local heads = redis.call('ZRANGE', waiting, 0, tonumber(ARGV[3]) - 1, 'WITHSCORES')
  local found = {0}
  for h = 1, #heads, 2 do
    local data = redis.call('HGET', lane .. ':' .. heads[h], 'data')
    if data then
      found[#found + 1] = heads[h]
      found[#found + 1] = heads[h + 1]
      found[#found + 1] = data
    else
      redis.call('ZREM', waiting, heads[h])
    end
  end
  found[1] = redis.call('ZCARD', waiting)
  lanes[#lanes + 1] = found
end
return {reports, lanes}
`);

/**
 * Moves jobs from their lanes into dispatch with their permits. Atomic; all or nothing for each job: one that has left its
 * lane meanwhile gets no permit. Writes the keys that BullMQ's own `add` writes (a contract test compares them).
 * Keys: lease, permits, expiry, dispatch (base key). Args: fence, options (JSON), timestamp,
 * then for each job: base key of its lane, id, member of expiry, grant, permit (JSON), dispatch id, data (JSON).
 * Returns one 1 or 0 a job, or nil when fenced off.
 */
export const GRANT = script('grant', `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return false end
local moved, any = {}, false
for i = 4, #ARGV, 7 do
  local lane, id = ARGV[i], ARGV[i + 1]
  if redis.call('ZREM', lane .. ':prioritized', id) == 1 then
    redis.call('DEL', lane .. ':' .. id)
    redis.call('ZREM', KEYS[3], ARGV[i + 2])
    redis.call('HSET', KEYS[2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 3] .. ':s', 'g')
    redis.call('HSET', KEYS[4] .. ':' .. ARGV[i + 5], 'name', ARGV[i + 5], 'data', ARGV[i + 6], 'opts', ARGV[2],
      'timestamp', ARGV[3], 'delay', '0', 'priority', '0')
    redis.call('LPUSH', KEYS[4] .. ':wait', ARGV[i + 5])
    moved[#moved + 1] = 1
    any = true
  else
    moved[#moved + 1] = 0
  end
end
if any then redis.call('ZADD', KEYS[4] .. ':marker', 0, '0') end
return moved
`);

/**
 * Withdraws permits that nobody claimed, and puts their jobs back to their old places. Atomic against the claim.
 * Keys: lease, permits, expiry, dispatch (base key), active. Args: fence, lane options (JSON), timestamp,
 * then for each permit: grant, dispatch id, base key of its lane, lane, id, score, data (JSON), member of expiry, start by.
 * Returns for each 'r' (withdrawn) or the state it was found in ('' when unknown), or nil when fenced off.
 */
export const WITHDRAW = script('withdraw', `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return false end
local found = {}
for i = 4, #ARGV, 9 do
  local state = redis.call('HGET', KEYS[2], ARGV[i] .. ':s') or ''
  if state == 'g' then
    redis.call('HSET', KEYS[2], ARGV[i] .. ':s', 'r')
    if redis.call('LREM', KEYS[4] .. ':wait', 1, ARGV[i + 1]) == 1 then redis.call('DEL', KEYS[4] .. ':' .. ARGV[i + 1]) end
    local lane, id = ARGV[i + 2], ARGV[i + 4]
    redis.call('HSET', lane .. ':' .. id, 'name', id, 'data', ARGV[i + 6], 'opts', ARGV[2],
      'timestamp', ARGV[3], 'delay', '0', 'priority', '1')
    redis.call('ZADD', lane .. ':prioritized', ARGV[i + 5], id)
    redis.call('ZADD', KEYS[3], ARGV[i + 8], ARGV[i + 7])
    redis.call('ZADD', KEYS[5], ARGV[3], ARGV[i + 3])
    state = 'r'
  end
  found[#found + 1] = state
end
return found
`);

/** Forgets lanes that are empty and have had no job for a while. Keys: lease, active. Args: fence, before (epoch ms), prefix of lanes. Returns the names forgotten. */
export const FORGET_LANES = script('forgetLanes', `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return {} end
local gone = {}
for _, lane in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[2], 'LIMIT', 0, 100)) do
  local base = ARGV[3] .. ':' .. lane
  if redis.call('ZCARD', base .. ':prioritized') == 0 then
    redis.call('ZREM', KEYS[2], lane)
    redis.call('DEL', base .. ':meta', base .. ':id', base .. ':pc', base .. ':marker', base .. ':events')
    gone[#gone + 1] = lane
  else
    redis.call('ZADD', KEYS[2], 'XX', ARGV[2] + 1, lane)
  end
end
return gone
`);
