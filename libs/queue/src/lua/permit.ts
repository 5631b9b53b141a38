/**
 * Scripts on a permit. Its state, in field `<grant>:s`: g granted · c claimed · s<arrivedAt> sent · r released · d<settlement> settled.
 */
import { script } from '../script.ts';

/** Keys: permits. Args: grant. Returns 1 when it was granted and is now claimed. */
export const CLAIM_PERMIT = script('claimPermit', `
local field = ARGV[1] .. ':s'
if redis.call('HGET', KEYS[1], field) ~= 'g' then return 0 end
redis.call('HSET', KEYS[1], field, 'c')
return 1
`);

/** Calls that still run tell when they arrived, and what was heard. Keys: permits, inbox. Args: grant, arrivedAt, heard (JSON) or '', … Returns how many counted. */
export const REPORT_SENT = script('reportSent', `
local counted = 0
for i = 1, #ARGV, 3 do
  local field = ARGV[i] .. ':s'
  if redis.call('HGET', KEYS[1], field) == 'c' then
    redis.call('HSET', KEYS[1], field, 's' .. ARGV[i + 1])
    redis.call('RPUSH', KEYS[2], 's ' .. ARGV[i] .. ' ' .. ARGV[i + 1] .. ' ' .. ARGV[i + 2])
    counted = counted + 1
  end
end
return counted
`);

/**
 * Settles permits and writes the journal, once. A permit that Redis has forgotten is inserted as settled: the call was made.
 * Keys: permits, inbox, journal. Args: wake channel, then for each: grant, permit (JSON), settlement (JSON), attempt record (JSON) or '', job record (JSON) or ''.
 * Returns 1 for each that was not settled before.
 */
export const SETTLE = script('settle', `
local done = {}
for i = 2, #ARGV, 5 do
  local field = ARGV[i] .. ':s'
  local state = redis.call('HGET', KEYS[1], field)
  if state and (state == 'r' or string.sub(state, 1, 1) == 'd') then
    done[#done + 1] = 0
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1], field, 'd' .. ARGV[i + 2])
    redis.call('RPUSH', KEYS[2], 'd ' .. ARGV[i] .. ' ' .. ARGV[i + 2])
    if ARGV[i + 3] ~= '' then redis.call('XADD', KEYS[3], '*', 'r', ARGV[i + 3]) end
    if ARGV[i + 4] ~= '' then redis.call('XADD', KEYS[3], '*', 'r', ARGV[i + 4]) end
    done[#done + 1] = 1
  end
end
redis.call('PUBLISH', ARGV[1], 'i')
return done
`);
