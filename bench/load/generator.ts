/**
 * The load generator for machines without wrk and oha: `bun generator.ts PORT CONNECTIONS SECONDS [EVENTS]`: pixels, or batches of so many
 * events. Raw sockets, requests made beforehand.
 */
import { percentile } from '../measure/stats.ts'
import { ACCEPT, AGENT, batchBodies, pixelPaths, REFERER } from './requests.ts'

const [port = 0, connections = 0, seconds = 0, batch = 0] = process.argv.slice(2).map(Number)
const head = (line: string, more: string) =>
  `${line} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: ${AGENT}\r\n${more}\r\n`
const requests =
  batch > 0
    ? batchBodies(batch).map((body) =>
        Buffer.from(
          head('POST /api/events', `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`) +
            body,
        ),
      )
    : pixelPaths().map((path) =>
        Buffer.from(head(`GET ${path}`, `Referer: ${REFERER}\r\nAccept: ${ACCEPT}\r\n`)),
      )
const latencies: number[] = []
let sent = 0
let errors = 0
let isOver = false

interface State {
  sentAt: number
  pending: string
  /** What the socket did not take yet of a large request. */
  unsent: Uint8Array
}

function sendNext(socket: Bun.Socket<State>): void {
  const request = requests[sent % requests.length]
  if (isOver || !request) return
  sent += 1
  socket.data.sentAt = performance.now()
  socket.data.pending = ''
  write(socket, request)
}

function write(socket: Bun.Socket<State>, bytes: Uint8Array): void {
  socket.data.unsent = bytes.subarray(Math.max(0, socket.write(bytes)))
}

/** Whether the text is one whole answer: a head, and as many bytes as it promises. */
function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0)
  return head >= 0 && text.length >= head + 4 + length
}

await Promise.all(
  Array.from({ length: connections }, () =>
    Bun.connect<State>({
      hostname: '127.0.0.1',
      port,
      data: { sentAt: 0, pending: '', unsent: new Uint8Array() },
      socket: {
        open: sendNext,
        drain(socket) {
          if (socket.data.unsent.length > 0) write(socket, socket.data.unsent)
        },
        data(socket, bytes) {
          socket.data.pending += bytes.toString('latin1')
          if (!isWhole(socket.data.pending)) return
          if (socket.data.pending.startsWith('HTTP/1.1 2'))
            latencies.push(performance.now() - socket.data.sentAt)
          else errors += 1
          sendNext(socket)
        },
        close() {
          if (!isOver) errors += 1
        },
        error() {
          errors += 1
        },
      },
    }),
  ),
)
const started = performance.now()
const before = latencies.length
await Bun.sleep(seconds * 1000)
isOver = true
const elapsedMs = performance.now() - started
const rate = (latencies.length - before) / (elapsedMs / 1000)
const ms = (share: number) => (latencies.length > 0 ? percentile(latencies, share) : 0)
console.log(`RESULT ${JSON.stringify({ rate, p50Ms: ms(0.5), p99Ms: ms(0.99), p999Ms: ms(0.999), errors })}`)
process.exit(0)
