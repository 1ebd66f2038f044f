/**
 * `bun soak-load.ts PORT PIXELS_A_SECOND BATCHES_A_SECOND FILE`: steady load until SIGTERM, as many requests a second as asked for
 * whatever the answers take. Every event has a number of its own, its `player_id`.
 *
 * - Each ten seconds a line `INTERVAL {…}`; at the end `END {…}`, and in FILE one bit for each number that was acknowledged.
 */
import { Connection, NoAnswer } from '@rtpx/edge/faults/connection'
import { percentile } from '../measure/stats.ts'
import { Bits } from './bits.ts'

const BATCH = 100
const CONNECTIONS = 64
const TICK_MS = 10
const INTERVAL_MS = 10_000
const ANSWER_MS = 10_000

const [port = 0, pixels = 0, batches = 0] = process.argv.slice(2, 5).map(Number)
const file = process.argv[5] ?? ''

const acknowledged = new Bits()
const idle: Connection[] = []
let waits: number[] = []
let next = 0
/** How many events were not acknowledged, by the answer or what became of the connection. */
const refused: Record<string, number> = {}
let running = true

const pixel = (number: number) =>
  `GET /visit?player_id=p${number}&banner_tag=b${number % 20} HTTP/1.1\r\nHost: edge\r\n` +
  'User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0\r\n\r\n'

function batch(first: number): string {
  const events = Array.from(
    { length: BATCH },
    (_, index) =>
      `{"event_type":"visit","player_id":"p${first + index}","banner_tag":"b${index % 20}","path":"/offers/${index}"}`,
  )
  const body = `[${events.join(',')}]`
  return `POST /api/events HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** Sends one request of so many events. What is not acknowledged is not sent again. */
async function send(count: number): Promise<void> {
  const first = next
  next += count
  let connection: Connection | undefined
  try {
    do connection = idle.pop()
    while (connection && !connection.isIdle)
    connection ??= await Connection.open(port)
    const askedAt = performance.now()
    const { status, body } = await connection.ask(count === 1 ? pixel(first) : batch(first), ANSWER_MS)
    waits.push(performance.now() - askedAt)
    if (status === 200 || status === 202)
      for (let number = first; number < next && number < first + count; number += 1) acknowledged.add(number)
    else refuse(`${status} ${/"code":"(\w+)"/.exec(body)?.[1] ?? ''}`, count)
    if (idle.length < CONNECTIONS) idle.push(connection)
    else connection.close()
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    refuse(error.message, count)
  }
}

function refuse(why: string, count: number): void {
  refused[why] = (refused[why] ?? 0) + count
}

/** Calls `act` so many times a second. */
async function pace(perSecond: number, act: () => Promise<void>): Promise<void> {
  const startedAt = performance.now()
  const pending = new Set<Promise<void>>()
  for (let done = 0; running; ) {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond)
    for (; done < due; done += 1) {
      const acting = act().finally(() => pending.delete(acting))
      pending.add(acting)
    }
    await Bun.sleep(TICK_MS)
  }
  await Promise.all(pending)
}

const timer = setInterval(() => {
  const taken = waits
  waits = []
  if (taken.length === 0) return
  console.log(
    `INTERVAL ${JSON.stringify({ p50Ms: percentile(taken, 0.5), p99Ms: percentile(taken, 0.99), answers: taken.length, refused })}`,
  )
}, INTERVAL_MS)
process.on('SIGTERM', () => {
  running = false
})

console.log('ready')
await Promise.all([pace(pixels, () => send(1)), pace(batches, () => send(BATCH))])
clearInterval(timer)
await Bun.write(file, acknowledged.bytes())
console.log(`END ${JSON.stringify({ sent: next, refused })}`)
for (const connection of idle) connection.close()
process.exit(0)
