-- session.Rotation.Decide, case by case. KEYS: session, index of its subject.
-- ARGV: now, presented generation, grace or -1 for none, late replays, store
-- lag, end of the idle lifetime, reason.
local now, presented, grace = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local late, lag, idle, reason = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local s = load(KEYS[1])
if not s then
  return { 'refused' }
end
local behind = tonumber(s[GENERATION]) - presented
if not live(s, now) or behind < -lag then
  return { 'refused', s }
end
if behind <= 0 then -- current, or a tail that the store forgot
  s[GENERATION], s[ROTATED_AT], s[LAST_SEEN], s[REPLAYS] = presented + 1, now, now, 0
  s[IDLE_EXPIRES] = math.min(idle, tonumber(s[EXPIRES]))
  redis.call('HSET', KEYS[1], 'generation', presented + 1, 'rotated_at', now, 'last_seen', now,
    'replays', 0, 'idle_expires', s[IDLE_EXPIRES])
  redis.call('ZADD', KEYS[2], now, s[ID])
  expire(KEYS[1], s, now)
  return { 'rotated', s }
end
if behind == 1 and grace >= 0 and now - tonumber(s[ROTATED_AT]) <= grace then
  s[REPLAYS] = tonumber(s[REPLAYS]) + 1
  redis.call('HSET', KEYS[1], 'replays', s[REPLAYS])
  return { 'replayed', s }
end
if behind == 1 and tonumber(s[LATE_REPLAYS]) < late then
  s[REPLAYS], s[LATE_REPLAYS], s[ROTATED_AT] = tonumber(s[REPLAYS]) + 1, tonumber(s[LATE_REPLAYS]) + 1, now
  redis.call('HSET', KEYS[1], 'replays', s[REPLAYS], 'late_replays', s[LATE_REPLAYS], 'rotated_at', now)
  return { 'replayed', s }
end
revoke(KEYS[1], KEYS[2], s, now, reason)
return { 'reused', s }
