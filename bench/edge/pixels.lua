-- wrk's side of the load: visits of 10,000 players by 20 banners, as browsers send them; the result as one line of JSON.

local requests = {}
local nextRequest = 0

function init()
  for i = 1, 10000 do
    requests[i] = wrk.format('GET', '/visit?player_id=p' .. i .. '&banner_tag=b' .. (i % 20), {
      ['User-Agent'] = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0',
      ['Referer'] = 'https://shop.example/offer',
      ['Accept'] = 'image/avif,image/webp,*/*',
    })
  end
end

function request()
  nextRequest = nextRequest % 10000 + 1
  return requests[nextRequest]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  print(string.format('RESULT {"rate":%.1f,"p50Ms":%.3f,"p99Ms":%.3f,"p999Ms":%.3f,"errors":%d}',
    (summary.requests - errors.status) / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000, failed))
end
