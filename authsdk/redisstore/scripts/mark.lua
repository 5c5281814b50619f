-- KEYS: session, index of its subject. ARGV: now.
local s = load(KEYS[1])
local now = tonumber(ARGV[1])
if not s or not live(s, now) then
  return {}
end
s[AUTH_TIME], s[LAST_SEEN] = now, now
redis.call('HSET', KEYS[1], 'auth_time', now, 'last_seen', now)
redis.call('ZADD', KEYS[2], now, s[ID])
return { s }
