-- ARGV: the time before which entries have expired, how many at most.
local seqs = redis.call('ZRANGEBYSCORE', EXPIRY, '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, seq in ipairs(seqs) do
  local entries = redis.call('ZREMRANGEBYSCORE', LOG, seq, seq)
  redis.call('ZREM', EXPIRY, seq)
  redis.call('HINCRBY', HEAD, 'count', -entries)
end
return #seqs
