-- A session is a hash; its fields are in the order of the columns of the other
-- stores. Times are milliseconds since 1970; revoked_at is empty while the
-- session lives. Numbers stay exact: Redis writes those it is given with 17
-- digits, and returns them as integers.
local FIELDS = {
  'id', 'subject', 'label', 'generation', 'rotated_at', 'replays', 'late_replays', 'created_at',
  'auth_time', 'last_seen', 'idle_expires', 'expires', 'revoked_at', 'revoke_reason', 'csrf_secret',
}
local ID, SUBJECT, GENERATION, ROTATED_AT, REPLAYS, LATE_REPLAYS = 1, 2, 4, 5, 6, 7
local AUTH_TIME, LAST_SEEN, IDLE_EXPIRES, EXPIRES, REVOKED_AT, REVOKE_REASON = 9, 10, 11, 12, 13, 14

-- How long a session is kept after its end, so that a token of it is still told
-- from a foreign one.
local KEPT = 86400000

local function load(key)
  local s = redis.call('HMGET', key, unpack(FIELDS))
  if not s[ID] then
    return nil
  end
  return s
end

local function live(s, now)
  return s[REVOKED_AT] == '' and tonumber(s[IDLE_EXPIRES]) > now and tonumber(s[EXPIRES]) > now
end

-- Lets a session go some time after its end. That is said relative to the
-- caller's clock, which need not be the server's.
local function expire(key, s, now)
  redis.call('PEXPIRE', key, math.max(0, math.min(tonumber(s[IDLE_EXPIRES]), tonumber(s[EXPIRES])) - now) + KEPT)
end

local function revoke(key, index, s, now, reason)
  s[REVOKED_AT], s[REVOKE_REASON] = now, reason
  redis.call('HSET', key, 'revoked_at', now, 'revoke_reason', reason)
  redis.call('ZREM', index, s[ID])
end
