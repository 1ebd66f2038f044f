/**
 * `bun watchers-child.ts URL COUNT`, the cookie in COOKIE: so many clients at `/live` that all ask for today's overview. Says `opened N`
 * now and then, and for each version that all have: `VERSION {version, visits, first, last}`, times in ms since 1970.
 */
export {}

const [url = '', count = '0'] = process.argv.slice(2)
const WATCHERS = Number(count)
/** The listener's queue of connections is bounded. */
const AT_ONCE = 100

interface Spread {
  watchers: number
  readonly first: number
  visits: number
}
const spreads = new Map<number, Spread>()
const now = () => performance.timeOrigin + performance.now()
let closed = 0

/** The newest number of visits that a message tells, if it does. */
function visitsIn(text: string): number {
  const change = /"path":"\/totals\/now\/visit","value":(\d+)/.exec(text)?.[1]
  if (change !== undefined) return Number(change)
  return Number(JSON.parse(text).state?.totals.now.visit ?? Number.NaN)
}

function hear(text: string): void {
  const version = Number(/^\{"id":1,"version":(\d+)/.exec(text)?.[1] ?? 0)
  if (version === 0) return
  const spread = spreads.get(version) ?? { watchers: 0, first: now(), visits: visitsIn(text) }
  spreads.set(version, spread)
  spread.watchers += 1
  if (spread.watchers !== WATCHERS) return
  const { first, visits } = spread
  console.log(`VERSION ${JSON.stringify({ version, visits, first, last: now() })}`)
}

function watch(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = new WebSocket(url, { headers: { cookie: process.env.COOKIE ?? '' } } as unknown as string[])
  let isOpen = false
  socket.onopen = () => {
    isOpen = true
    socket.send(JSON.stringify({ subscribe: 'overview', id: 1, search: '?range=today' }))
  }
  socket.onclose = ({ code, reason }) => {
    if (!isOpen) reject(new Error(`refused: ${code} ${reason}`))
    closed += 1
    console.log(`closed ${closed}: ${code} ${reason}`)
  }
  socket.onmessage = ({ data }) => {
    resolve()
    hear(String(data))
  }
  return promise
}

for (let opened = 0; opened < WATCHERS; ) {
  const some = Math.min(AT_ONCE, WATCHERS - opened)
  await Promise.all(Array.from({ length: some }, watch))
  opened += some
  console.log(`opened ${opened}`)
}
