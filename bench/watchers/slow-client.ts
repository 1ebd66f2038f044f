/** A client of `/live` that asks and asks and never reads. */
import { createConnection } from 'node:net'

/** A text frame of a client, masked with zeros. */
function frame(text: string): Buffer {
  const body = Buffer.from(text)
  if (body.length > 125) throw new RangeError('a short text is wanted')
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body])
}

export interface SlowClient {
  /** Bytes it was sent, once it reads at last; whether the server has closed it by then. */
  readonly read: (ms: number) => Promise<{ readonly bytes: number; readonly isClosed: boolean }>
}

/** Opens a line and asks for `questions` answers, at most 100 of them in ten seconds, as the server takes them. */
export async function slowClient(url: URL, cookie: string, questions: number): Promise<SlowClient> {
  const socket = createConnection({ host: url.hostname, port: Number(url.port) })
  let isClosed = false
  socket.on('close', () => {
    isClosed = true
  })
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  const head = ['GET /live HTTP/1.1', `host: ${url.host}`, `cookie: ${cookie}`, 'connection: Upgrade']
  const rest = [
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  socket.write(`${[...head, ...rest].join('\r\n')}\r\n\r\n`)
  await new Promise<void>((resolve) => socket.once('data', () => resolve()))
  socket.pause()
  for (let sent = 0; sent < questions && !isClosed; sent += 1) {
    socket.write(frame(JSON.stringify({ subscribe: 'overview', id: 1, search: '?range=30d_to_date' })))
    await Bun.sleep(105)
  }
  return {
    read: async (ms) => {
      let bytes = 0
      socket.on('data', (data) => {
        bytes += data.length
      })
      socket.resume()
      const deadline = performance.now() + ms
      while (!isClosed && performance.now() < deadline) await Bun.sleep(50)
      const ended = isClosed
      socket.destroy()
      return { bytes, isClosed: ended }
    },
  }
}
