-- KEYS: session, index of its subject. ARGV: now, reason, subject or nothing.
local s = load(KEYS[1])
local now = tonumber(ARGV[1])
if s and live(s, now) and (ARGV[3] == '' or ARGV[3] == s[SUBJECT]) then
  revoke(KEYS[1], KEYS[2], s, now, ARGV[2])
  return { s[ID] }
end
return {}
