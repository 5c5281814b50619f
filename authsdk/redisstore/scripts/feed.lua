-- The feed of revocations: a hash with its head, a sorted set of the entries by
-- their numbers, and one of the numbers by when they expire. An entry is a
-- text: number, kind, time, end and value, with colons between.
local HEAD, LOG, EXPIRY = KEYS[1], KEYS[2], KEYS[3]

-- Returns epoch, beginning and number of the head. Where there is none, or where
-- entries are missing that nobody has pruned, an epoch begins: what was revoked
-- before is not known.
local function head(epoch, created)
  local h = redis.call('HMGET', HEAD, 'epoch', 'created', 'seq', 'count')
  local count = redis.call('ZCARD', LOG)
  if h[1] and tonumber(h[4]) == count and redis.call('ZCARD', EXPIRY) == count then
    return h
  end
  redis.call('DEL', EXPIRY)
  for _, entry in ipairs(redis.call('ZRANGE', LOG, 0, -1)) do
    local seq, expires = entry:match('^(%d+):%d+:%-?%d+:(%-?%d+):')
    redis.call('ZADD', EXPIRY, expires, seq)
  end
  local last = redis.call('ZREVRANGE', LOG, 0, 0, 'WITHSCORES')[2]
  h = { epoch, created, string.format('%d', math.max(tonumber(h[3] or 0), tonumber(last or 0))) }
  redis.call('HSET', HEAD, 'epoch', epoch, 'created', created, 'seq', h[3], 'count', count)
  return h
end
