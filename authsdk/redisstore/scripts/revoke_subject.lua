-- KEYS: index of the subject. ARGV: beginning of the subject's keys, now,
-- reason, session to leave out or nothing.
local now = tonumber(ARGV[2])
local revoked = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local s = load(ARGV[1] .. id)
  if s and id ~= ARGV[4] and live(s, now) then
    revoke(ARGV[1] .. id, KEYS[1], s, now, ARGV[3])
    revoked[#revoked + 1] = id
  end
end
return revoked
