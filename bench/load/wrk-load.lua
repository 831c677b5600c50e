-- Sends the same requests as http-load.ts, and prints what came of them as the last line, in JSON.
-- Arguments: method, path, number of keys, number and length of extra headers, length of the body, "close" or "keep".

local requests = {}
local at = 0

function init(args)
  local method, path = args[1], args[2]
  local headers = {}
  for index = 0, tonumber(args[4]) - 1 do
    local name = string.format("x-extra-%02d", index)
    headers[name] = string.rep("v", tonumber(args[5]) - #name - 2)
  end
  local length = tonumber(args[6])
  local body = length > 0 and string.rep("x", length) or nil
  if args[7] == "close" then headers["connection"] = "close" end
  for key = 1, tonumber(args[3]) do
    headers["x-key"] = "user-" .. key
    requests[key] = wrk.format(method, path, headers, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  local faults = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '{"requests":%d,"faults":%d,"bytes":%d,"seconds":%f,"p50":%d,"p99":%d,"p999":%d}\n',
    summary.requests - errors.status, faults, summary.bytes, summary.duration / 1000000,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)
  ))
end
