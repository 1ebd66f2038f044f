/** Loopback ports: which are free. */
import { createServer } from 'node:net'

/** Whether the port can be bound on the address now. */
export function bindable(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Systems take the ports of outgoing connections from 32768 up: one from there may be gone before it is bound. */
const FIRST = 20_000
const LAST = 32_767

/** A port that is free now and that no outgoing connection will take. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1))
    if (await bindable(port, host)) return port
  }
  throw new Error(`no free port between ${FIRST} and ${LAST} on ${host}`)
}
