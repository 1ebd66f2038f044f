/** Connections that send a byte now and then and never finish: half of them in the headers, half in the body. */
import { connect } from 'node:net'

export interface Dripping {
  /** How many are still connected. */
  open(): number
  elapsedMs(): number
  stop(): void
}

const DRIP_MS = 1_000

/** Opens them all and begins to drip; resolves when all are connected. */
export async function drip(port: number, connections: number): Promise<Dripping> {
  const startedAt = performance.now()
  const sockets = new Set<ReturnType<typeof connect>>()
  await Promise.all(
    Array.from({ length: connections }, (_, index) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const socket = connect({ host: '127.0.0.1', port })
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', reject)
      // Read, or the end of the connection is never seen.
      socket.resume()
      socket.on('connect', () => {
        socket.write(index % 2 === 0 ? SLOW_HEAD : SLOW_BODY)
        resolve()
      })
      return promise
    }),
  )
  const timer = setInterval(() => {
    for (const socket of sockets) socket.write('x')
  }, DRIP_MS)
  return {
    open: () => sockets.size,
    elapsedMs: () => performance.now() - startedAt,
    stop() {
      clearInterval(timer)
      for (const socket of sockets) socket.destroy()
    },
  }
}

const SLOW_HEAD = 'GET /visit?pid=slow&btag=slow HTTP/1.1\r\nHost: e\r\nX-Slow: '
const SLOW_BODY = 'POST /api/events HTTP/1.1\r\nHost: e\r\nContent-Length: 100000\r\n\r\n{"event_type":"'
