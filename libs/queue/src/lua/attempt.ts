/** Scripts on a job's own keys: claim it, end an attempt, finish it from its lane. */
import { script } from '../script.ts';

/**
 * Claims a job for one grant. Atomic: of two claims one wins, and what a claim fenced off stays fenced off.
 * Keys: job. Args: grant, token, attempt, route.
 * Returns {kind, …}: {'void', why} · {'conflict', other grant} · {'ended', spec, ended} · {'abandoned', spec, tries, frames, reply, body}
 * · {'claimed', spec, tries, cancel or '', reply, body}
 */
export const CLAIM_JOB = script('claimJob', `
local job = redis.call('HMGET', KEYS[1], 'state', 'claim', 'attempt', 'ended:' .. ARGV[3], 'spec', 'cancel', 'tries:' .. ARGV[4], 'reply')
local state, claim, ended = job[1], tonumber(job[2] or '0'), job[4]
if not state then return {'void', 'the job is gone'} end
if claim == tonumber(ARGV[1]) and ended then return {'ended', job[5], ended} end
if claim > tonumber(ARGV[1]) then return {'void', 'a later grant has the job'} end
if ended or job[3] ~= ARGV[3] then return {'void', 'the attempt is over'} end
if state ~= 'queued' and state ~= 'running' then return {'void', 'the job is ' .. state} end
if claim == tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'token', ARGV[2])
  local last = redis.call('XREVRANGE', KEYS[1] .. ':frames', '+', '-', 'COUNT', 1)
  local frames = 0
  if last[1] then frames = tonumber(string.match(last[1][1], '^%d+')) end
  return {'abandoned', job[5], job[7] or '0', frames, job[8] or '', redis.call('HGET', KEYS[1], 'body')}
end
if state == 'running' then return {'conflict', job[2]} end
redis.call('HSET', KEYS[1], 'state', 'running', 'claim', ARGV[1], 'token', ARGV[2])
return {'claimed', job[5], job[7] or '0', job[6] or '', job[8] or '', redis.call('HGET', KEYS[1], 'body')}
`);

/**
 * Gives a claim back whose permit turned out to be withdrawn, or that a withdrawn grant left behind.
 * Keys: job. Args: grant. Returns 1 when the job is queued again.
 */
export const UNCLAIM_JOB = script('unclaimJob', `
local job = redis.call('HMGET', KEYS[1], 'state', 'claim')
if job[1] ~= 'running' or job[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'queued', 'claim', '0')
return 1
`);

/**
 * Records how an attempt ended, with its last frames; when the job is final also the end frame, and then publishes both.
 * Refused unless the caller still holds the claim. Atomic. A kept job goes on running, with its end recorded: it is final
 * when Postgres says so (FINISH_JOB).
 * Keys: job, frames. Args: grant, token, attempt, new state, ended (JSON), route whose tries grow or '', ms to keep,
 * largest message to publish, channel prefix, end frame or '', END_SEQ, route of the next attempt or '', then seq, kind, data of each frame.
 * Returns 1, or 0 when refused.
 */
export const END_ATTEMPT = script('endAttempt', `
local job = redis.call('HMGET', KEYS[1], 'state', 'claim', 'token', 'reply', 'id')
if job[1] ~= 'running' or job[2] ~= ARGV[1] or job[3] ~= ARGV[2] then return 0 end
if redis.call('HEXISTS', KEYS[1], 'ended:' .. ARGV[3]) == 1 then return 1 end
local message, size = {}, 0
local function add(seq, kind, data)
  redis.call('XADD', KEYS[2], seq .. '-0', 'k', kind, 'd', data)
  if size + #data > tonumber(ARGV[8]) and kind ~= 'end' then return end
  size = size + #data
  message[#message + 1] = job[5] .. ' ' .. seq .. ' ' .. kind .. ' ' .. #data .. '\\n' .. data
end
redis.call('HSET', KEYS[1], 'state', ARGV[4], 'ended:' .. ARGV[3], ARGV[5])
if ARGV[6] ~= '' then redis.call('HINCRBY', KEYS[1], 'tries:' .. ARGV[6], 1) end
for i = 13, #ARGV, 3 do add(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
if ARGV[4] == 'queued' then
  redis.call('HINCRBY', KEYS[1], 'attempt', 1)
  redis.call('HSET', KEYS[1], 'route', ARGV[12])
elseif ARGV[4] ~= 'running' then
  redis.call('HDEL', KEYS[1], 'body')
  add(ARGV[11], 'end', ARGV[10])
  redis.call('PEXPIRE', KEYS[1], ARGV[7])
  redis.call('PEXPIRE', KEYS[2], ARGV[7])
end
if #message > 0 then redis.call('PUBLISH', ARGV[9] .. job[4], table.concat(message)) end
return 1
`);

/**
 * Makes a job final that ended in its lane (expired, cancelled), which the lane's own script has decided, or a kept one, which
 * Postgres has. Repeatable.
 * Keys: job, frames. Args: state, end frame, ms to keep, channel prefix, END_SEQ, 'running' where it may be. Returns 1, or 0 when it was final.
 */
export const FINISH_JOB = script('finishJob', `
local job = redis.call('HMGET', KEYS[1], 'state', 'reply', 'id')
if job[1] ~= 'queued' and job[1] ~= ARGV[6] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[1])
redis.call('HDEL', KEYS[1], 'body')
redis.call('XADD', KEYS[2], ARGV[5] .. '-0', 'k', 'end', 'd', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PUBLISH', ARGV[4] .. job[2], job[3] .. ' ' .. ARGV[5] .. ' end ' .. #ARGV[2] .. '\\n' .. ARGV[2])
return 1
`);

/**
 * Cancels a job that is not in its lane: its worker reads the field at the claim and each second.
 * Keys: job. Args: reason. Returns the state, or 'gone'.
 */
export const CANCEL_JOB = script('cancelJob', `
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return 'gone' end
if state == 'queued' or state == 'running' then redis.call('HSET', KEYS[1], 'cancel', ARGV[1]) end
return state
`);

/**
 * Takes an orphan over. Keys: job. Args: ingress. Returns the job's spec, or nil when it is final or gone.
 */
export const ADOPT_JOB = script('adoptJob', `
local job = redis.call('HMGET', KEYS[1], 'state', 'spec', 'cancel')
if (job[1] ~= 'queued' and job[1] ~= 'running') or job[3] then return false end
redis.call('HSET', KEYS[1], 'reply', ARGV[1])
return job[2]
`);

/**
 * The answer begins: the first frames are added and published, unless the claim was lost.
 * Keys: job, frames. Args: grant, token, channel prefix, message, then seq, kind, data of each frame. Returns 1, or 0 when refused.
 */
export const BEGIN_ANSWER = script('beginAnswer', `
local job = redis.call('HMGET', KEYS[1], 'state', 'claim', 'token', 'reply')
if job[1] ~= 'running' or job[2] ~= ARGV[1] or job[3] ~= ARGV[2] then return 0 end
for i = 5, #ARGV, 3 do redis.call('XADD', KEYS[2], ARGV[i] .. '-0', 'k', ARGV[i + 1], 'd', ARGV[i + 2]) end
redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1]))
if #ARGV[4] > 0 then redis.call('PUBLISH', ARGV[3] .. job[4], ARGV[4]) end
return 1
`);

/**
 * A job enters Redis from Postgres. Keys: job. Args: id, attempt, channel of who waits, spec, body, expires at.
 * Returns 1 when it was stored, 2 when it was there and nobody has had it, 0 when it was there and somebody has.
 */
export const STORE_KEPT = script('storeKept', `
local there = redis.call('HMGET', KEYS[1], 'state', 'claim')
if there[1] then return (there[1] == 'queued' and not there[2]) and 2 or 0 end
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'state', 'queued', 'attempt', ARGV[2], 'route', '0', 'reply', ARGV[3], 'spec', ARGV[4], 'body', ARGV[5])
redis.call('PEXPIREAT', KEYS[1], ARGV[6])
return 1
`);

/**
 * Redis has lost its memory and this attempt still runs: the job is put back as its claim left it.
 * Keys: job. Args: id, attempt, route, channel of who waits, spec, body, expires at, grant, token. Returns 1, or 0 when it was there.
 */
export const RECREATE_JOB = script('recreateJob', `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'state', 'running', 'attempt', ARGV[2], 'route', ARGV[3], 'reply', ARGV[4], 'spec', ARGV[5],
  'body', ARGV[6], 'claim', ARGV[8], 'token', ARGV[9])
redis.call('PEXPIREAT', KEYS[1], ARGV[7])
return 1
`);

/**
 * The epoch of this Redis: a new one begins when it has lost everything (the key is missing) or may have lost its last second
 * (it is another run of the server). Keys: epoch. Args: run id, a new name, now. Returns {name, began at, 1: it had written some down, 0: it began with nothing}.
 */
export const EPOCH = script('epoch', `
local known = redis.call('HMGET', KEYS[1], 'name', 'run', 'at', 'kept')
if known[1] and known[2] == ARGV[1] then return {known[1], known[3], known[4] or '1'} end
local kept = known[1] and '1' or '0'
redis.call('HSET', KEYS[1], 'name', ARGV[2], 'run', ARGV[1], 'at', ARGV[3], 'kept', kept)
return {ARGV[2], ARGV[3], kept}
`);

/**
 * Readers of a kept stream come and go. Keys: job. Args: by how many there are more, mark of who went last or ''.
 * Returns 1, or 0 when Redis knows nothing of the job.
 */
export const COUNT_READERS = script('countReaders', `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'readers', ARGV[1])
redis.call('HSET', KEYS[1], 'left', ARGV[2])
return 1
`);
