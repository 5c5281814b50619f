-- KEYS: session, index of its subject. ARGV: beginning of the subject's keys,
-- now, most, reason, the fields.
local base, now, most, reason = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 'taken' }
end
local s, args = {}, {}
for i, name in ipairs(FIELDS) do
  s[i] = ARGV[4 + i]
  args[#args + 1] = name
  args[#args + 1] = s[i]
end
redis.call('HSET', KEYS[1], unpack(args))
if s[REVOKED_AT] == '' then
  redis.call('ZADD', KEYS[2], s[LAST_SEEN], s[ID])
end
expire(KEYS[1], s, now)
-- The index stays for the longest that any of its sessions can.
local longest = math.max(0, tonumber(s[EXPIRES]) - now) + KEPT
if redis.call('PTTL', KEYS[2]) < longest then
  redis.call('PEXPIRE', KEYS[2], longest)
end

local result = { 'created' }
if most <= 0 then
  return result
end
local others = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do -- the least recently seen first
  if id ~= s[ID] then
    local other = load(base .. id)
    if not other then
      redis.call('ZREM', KEYS[2], id) -- it has left by itself
    elseif live(other, now) then
      others[#others + 1] = other
    end
  end
end
local surplus = #others - most
if live(s, now) then
  surplus = surplus + 1
end
for i = 1, math.min(surplus, #others) do
  revoke(base .. others[i][ID], KEYS[2], others[i], now, reason)
  result[#result + 1] = others[i][ID]
end
return result
