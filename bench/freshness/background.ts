/** `bun background.ts EDGE_URL RATE`: page views of 5,000 visitors at a steady rate, as pixels, until it is stopped. */
const [edgeUrl = '', rate = ''] = process.argv.slice(2)
const TICK_MS = 10

let sent = 0
let failed = 0
const started = performance.now()
const pixel = async () => {
  const visitor = Math.floor(Math.random() * 5_000)
  const query = `event_type=page_view&path=/p/${visitor % 50}&visitor_id=v${visitor}&domain=shop.example`
  const response = await fetch(`${edgeUrl}/pixel.gif?${query}`)
  await response.arrayBuffer()
  if (!response.ok) failed += 1
}
process.on('SIGTERM', () => {
  console.log(`RESULT ${JSON.stringify({ rate: sent / ((performance.now() - started) / 1000), failed })}`)
  process.exit(0)
})
for (;;) {
  const due = Math.floor(((performance.now() - started) / 1000) * Number(rate))
  for (; sent < due; sent += 1)
    pixel().catch(() => {
      failed += 1
    })
  await Bun.sleep(TICK_MS)
}

export {}
