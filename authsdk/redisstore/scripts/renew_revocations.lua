-- ARGV: the epoch that ends, the one that begins, its beginning, channel.
if redis.call('HGET', HEAD, 'epoch') == ARGV[1] then
  redis.call('HSET', HEAD, 'epoch', ARGV[2], 'created', ARGV[3])
  redis.pcall('PUBLISH', ARGV[4], '1')
end
return 1
