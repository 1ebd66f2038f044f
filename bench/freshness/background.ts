/**
 * `bun background.ts EDGE_URL RATE BATCH`: page views of 5,000 visitors at a steady rate until it is stopped: as pixels (BATCH 1), or in batches
 * as the tracker and servers send them. Tells the rate it reached and how many events were not taken.
 */
const [edgeUrl = '', rate = '', batch = ''] = process.argv.slice(2)
const TICK_MS = 10
const size = Number(batch)

let sent = 0
let failed = 0
const started = performance.now()
const pageView = () => {
  const visitor = Math.floor(Math.random() * 5_000)
  return {
    event_type: 'page_view',
    path: `/p/${visitor % 50}`,
    visitor_id: `v${visitor}`,
    domain: 'shop.example',
  }
}
const pixel = () => fetch(`${edgeUrl}/pixel.gif?${new URLSearchParams(pageView())}`)
const many = () =>
  fetch(`${edgeUrl}/api/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(Array.from({ length: size }, pageView)),
  })

async function send(): Promise<void> {
  const response = await (size === 1 ? pixel() : many())
  await response.arrayBuffer()
  if (!response.ok) failed += size
}

process.on('SIGTERM', () => {
  console.log(`RESULT ${JSON.stringify({ rate: sent / ((performance.now() - started) / 1000), failed })}`)
  process.exit(0)
})
for (;;) {
  const due = Math.floor(((performance.now() - started) / 1000) * Number(rate))
  for (; sent + size <= due; sent += size)
    send().catch(() => {
      failed += size
    })
  await Bun.sleep(TICK_MS)
}

export {}
