-- ARGV: an epoch and its beginning, if one is needed; channel; of each entry its
-- end, and its text without the number.
head(ARGV[1], ARGV[2])
for i = 4, #ARGV, 2 do
  local seq = redis.call('HINCRBY', HEAD, 'seq', 1)
  redis.call('ZADD', LOG, seq, seq .. ':' .. ARGV[i + 1])
  redis.call('ZADD', EXPIRY, ARGV[i], seq)
end
if #ARGV > 3 then
  redis.call('HINCRBY', HEAD, 'count', (#ARGV - 3) / 2)
  redis.pcall('PUBLISH', ARGV[3], '1') -- who may not publish is polled
end
return 1
