-- ARGV: an epoch and its beginning, if one is needed; the number after which to
-- begin, how many at most.
local h = head(ARGV[1], ARGV[2])
local entries = {}
if tonumber(ARGV[4]) > 0 then
  entries = redis.call('ZRANGEBYSCORE', LOG, '(' .. ARGV[3], '+inf', 'LIMIT', 0, ARGV[4])
end
return { h[1], h[2], h[3], entries }
