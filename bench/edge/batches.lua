-- wrk's side of the load: batches as a server or the tracker sends them. `wrk … URL -- 100`: so many events each.
-- Sixteen bodies made beforehand; the edge gives each event its id, so none is a repetition.

local bodies = {}
local nextBody = 0

function init(args)
  local size = tonumber(args[1])
  for i = 1, 16 do
    local events = {}
    for j = 1, size do
      local n = i * size + j
      events[j] = '{"event_type":"page_view","visitor_id":"v' .. (n % 5000) .. '","player_id":"p' .. (n % 10000) ..
        '","banner_tag":"b' .. (n % 20) .. '","domain":"shop.example","path":"/offer/' .. (n % 50) .. '"}'
    end
    bodies[i] = wrk.format('POST', '/api/events', {
      ['Content-Type'] = 'application/json',
      ['User-Agent'] = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0',
    }, '[' .. table.concat(events, ',') .. ']')
  end
end

function request()
  nextBody = nextBody % 16 + 1
  return bodies[nextBody]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  print(string.format('RESULT {"rate":%.1f,"p50Ms":%.3f,"p99Ms":%.3f,"p999Ms":%.3f,"errors":%d}',
    (summary.requests - errors.status) / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000, failed))
end
