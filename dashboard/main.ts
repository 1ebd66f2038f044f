/**
 * The dashboard's process: the server that adapter-node built, and beside it the upgrade of `/live` to a WebSocket.
 *
 * - Who may open a line is decided by the route `/live` behind every hook, as for any other request: it is asked with the
 *   upgrade's own headers and takes the socket, or its answer is what the client gets.
 * - It is asked again once a minute for those who are connected, once for all with the same credentials: a line does not
 *   outlive the session it was opened with.
 */
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { WebSocket, WebSocketServer } from 'ws'
import { clientAddress } from './src/lib/server/live/client-address.ts'
import type { LiveSocket } from './src/lib/server/live/connection.ts'

/** What is said when the process ends; clients connect again, to another one or after the restart. */
const GOING_AWAY = 1001
const SIGNED_OUT = 4401
const ASK_AGAIN_MS = 60_000
/** A message of a client is a few hundred bytes. */
const MAX_MESSAGE_BYTES = 8_192

type Accept = (socket: LiveSocket) => void

interface Kit {
  respond(
    request: Request,
    options: { platform: App.Platform; getClientAddress: () => string },
  ): Promise<Response>
}

const build = join(import.meta.dir, 'build')
const { server }: { server: Server } = await import(join(build, 'index.js'))
const { server: kit }: { server: Kit } = await import(join(build, 'adapter-node.js'))

const sockets = new WebSocketServer({
  noServer: true,
  maxPayload: MAX_MESSAGE_BYTES,
  perMessageDeflate: false,
})
/** By credentials: a request that had them, and the lines opened with them. */
const lines = new Map<string, { readonly request: IncomingMessage; readonly open: Set<WebSocket> }>()

/** Asks the route. @returns how it takes the socket, or its refusal */
async function admit(request: IncomingMessage): Promise<Accept | Response> {
  const { host = 'localhost' } = request.headers
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers))
    if (typeof value === 'string') headers.set(name, value)
  const { PROTOCOL_HEADER } = process.env
  const protocol = (PROTOCOL_HEADER && headers.get(PROTOCOL_HEADER)) || 'https'
  let accept: Accept | undefined
  const platform = {
    req: request,
    admit: (given: Accept) => {
      accept = given
    },
  }
  const asked = new Request(new URL(request.url ?? '/', `${protocol}://${host}`), { headers })
  const answer = await kit.respond(asked, {
    platform,
    getClientAddress: () => clientAddress(request, process.env),
  })
  return accept ?? answer
}

async function refuse(socket: Socket, answer: Response): Promise<void> {
  const body = await answer.text()
  const head = [...answer.headers].filter(([name]) => !['connection', 'content-length'].includes(name))
  const lines = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`,
    ...head.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

const credentialsOf = ({ headers }: IncomingMessage) =>
  JSON.stringify([headers.cookie, headers.authorization, headers.host, headers.origin])

server.on('upgrade', async (request: IncomingMessage, socket: Socket, head: Buffer) => {
  socket.on('error', () => socket.destroy())
  try {
    const accept = await admit(request)
    if (accept instanceof Response) return await refuse(socket, accept)
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const key = credentialsOf(request)
      const known = lines.get(key) ?? { request, open: new Set() }
      lines.set(key, known)
      known.open.add(opened)
      opened.on('close', () => {
        known.open.delete(opened)
        if (known.open.size === 0 && lines.get(key) === known) lines.delete(key)
      })
      accept(liveSocket(opened))
    })
  } catch (error) {
    console.error(`dashboard: ${error}`)
    socket.destroy()
  }
})

const liveSocket = (socket: WebSocket): LiveSocket => ({
  get bufferedAmount() {
    return socket.bufferedAmount
  },
  send: (text) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(text)
  },
  close: (code, reason) => socket.close(code, reason),
  terminate: () => socket.terminate(),
  onMessage: (listener) => socket.on('message', (data) => listener(String(data))),
  onClose: (listener) => {
    socket.on('close', listener)
    socket.on('error', () => socket.terminate())
  },
})

setInterval(async () => {
  for (const { request, open } of [...lines.values()]) {
    // ClickHouse or the accounts' database not answering ends nobody's session.
    const verdict = await admit(request).catch(() => undefined)
    if (!(verdict instanceof Response) || ![401, 403].includes(verdict.status)) continue
    for (const socket of open) socket.close(SIGNED_OUT, 'signed out')
  }
}, ASK_AGAIN_MS).unref()

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    for (const { open } of lines.values())
      for (const socket of open) socket.close(GOING_AWAY, 'the server is stopping')
  })
