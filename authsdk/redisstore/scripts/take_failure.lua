-- KEYS: bucket. ARGV: now, what a place takes, how many places there are.
local now, every = tonumber(ARGV[1]), tonumber(ARGV[2])
local empty = now + every * tonumber(ARGV[3])
local full = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now), empty)
local verdict = 'refused'
if full + every <= empty then
  full, verdict = full + every, 'taken'
end
local text = string.format('%.0f', full)
redis.call('SET', KEYS[1], text, 'PX', math.max(1, full - now))
return { text, verdict }
