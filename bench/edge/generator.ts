/**
 * The load generator for machines without wrk: `bun generator.ts PORT CONNECTIONS SECONDS`. Raw sockets, requests made
 * beforehand. It is slower than wrk; what it can do at most shows in the rows of the bare servers.
 */
import { percentile } from '../measure/stats.ts'

const [port = 0, connections = 0, seconds = 0] = process.argv.slice(2).map(Number)
const requests = Array.from({ length: 10_000 }, (_, i) =>
  Buffer.from(
    `GET /visit?player_id=p${i}&banner_tag=b${i % 20} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
      'User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0\r\n' +
      'Referer: https://shop.example/offer\r\nAccept: image/avif,image/webp,*/*\r\n\r\n',
  ),
)
const latencies: number[] = []
let sent = 0
let errors = 0
let isOver = false

interface State {
  sentAt: number
  pending: string
}

function sendNext(socket: Bun.Socket<State>): void {
  const request = requests[sent % requests.length]
  if (isOver || !request) return
  sent += 1
  socket.data.sentAt = performance.now()
  socket.data.pending = ''
  socket.write(request)
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
      data: { sentAt: 0, pending: '' },
      socket: {
        open: sendNext,
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
const rate = (latencies.length - before) / ((performance.now() - started) / 1000)
const ms = (share: number) => (latencies.length > 0 ? percentile(latencies, share) : 0)
console.log(`RESULT ${JSON.stringify({ rate, p50Ms: ms(0.5), p99Ms: ms(0.99), errors })}`)
process.exit(0)
