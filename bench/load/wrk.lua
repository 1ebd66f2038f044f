-- wrk's side of the load; the result as one line of JSON. `wrk … URL`: visits of 10,000 players by 20 banners, as browsers send them.
-- `wrk … URL -- 100`: batches of so many events, as a server or the tracker sends them. Everything is made beforehand; the edge gives each
-- event its id, so none is a repetition.

local AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0'
local BODIES = 16
local PLAYERS = 10000

local requests = {}
local nextRequest = 0

local function pixel(i)
  return wrk.format('GET', '/visit?player_id=p' .. i .. '&banner_tag=b' .. (i % 20), {
    ['User-Agent'] = AGENT,
    ['Referer'] = 'https://shop.example/offer',
    ['Accept'] = 'image/avif,image/webp,*/*',
  })
end

local function batch(i, size)
  local events = {}
  for j = 1, size do
    local n = i * size + j
    events[j] = '{"event_type":"page_view","visitor_id":"v' .. (n % 5000) .. '","player_id":"p' .. (n % PLAYERS) ..
      '","banner_tag":"b' .. (n % 20) .. '","domain":"shop.example","path":"/offer/' .. (n % 50) .. '"}'
  end
  local headers = { ['Content-Type'] = 'application/json', ['User-Agent'] = AGENT }
  return wrk.format('POST', '/api/events', headers, '[' .. table.concat(events, ',') .. ']')
end

function init(args)
  local size = tonumber(args[1])
  for i = 1, size and BODIES or PLAYERS do
    requests[i] = size and batch(i, size) or pixel(i)
  end
end

function request()
  nextRequest = nextRequest % #requests + 1
  return requests[nextRequest]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  print(string.format('RESULT {"rate":%.1f,"p50Ms":%.3f,"p99Ms":%.3f,"p999Ms":%.3f,"errors":%d}',
    (summary.requests - errors.status) / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000, failed))
end
