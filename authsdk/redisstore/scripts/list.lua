-- KEYS: index of the subject. ARGV: beginning of the subject's keys, now.
local found = {}
for _, id in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, -1)) do -- the most recently seen first
  local s = load(ARGV[1] .. id)
  if s and live(s, tonumber(ARGV[2])) then
    found[#found + 1] = s
  end
end
return found
