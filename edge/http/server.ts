/**
 * The edge's HTTP/1.1 server, over Bun's sockets.
 *
 * Bun.serve would do, but for two things: it has no limit on connections, and its objects for requests, headers and promises took
 * a third of a pixel's time. Whatever is not a plain pixel goes on to Elysia as a Request all the same.
 *
 * - Connections are bounded, all together and by address; an address at its bound loses its oldest idle one first.
 * - A request must be whole within `requestTimeoutMs` of its first byte; idle connections last `idleTimeoutMs`, a tenth of it while
 *   most of the room is taken.
 */
import type { Socket } from 'bun'
import { Connection, type ConnectionHost } from './connection.ts'
import { HttpRefusal } from './refusal.ts'

export interface HttpServerOptions extends Pick<ConnectionHost, 'onRequest' | 'refusal'> {
  readonly hostname: string
  /** 0 for any free one. */
  readonly port: number
  /** Whether other processes may listen on the port as well, and share its connections. */
  readonly reusePort?: boolean
  readonly maxBodyBytes: number
  readonly maxConnections: number
  /** For each address that is not exempt. */
  readonly maxConnectionsPerAddress: number
  isExempt(address: string): boolean
  readonly requestTimeoutMs?: number
  readonly idleTimeoutMs?: number
}

export interface HttpServer {
  readonly port: number
  readonly connections: number
  /** Takes no more connections, and of those that are open no more than the request each is at. */
  retire(): void
  /** Ends every connection, those that are being answered once they were, or after `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

const SWEEP_MS = 500
/** Bytes of bodies held at the same time, those being received and those being judged. */
const MAX_HELD_BYTES = 128 * 1024 ** 2
/** The share of connections above which idle ones are let go early. */
const CROWDED = 0.75

export function serveHttp(options: HttpServerOptions): HttpServer {
  const server = new Server(options)
  server.listen()
  return server
}

class Server implements HttpServer, ConnectionHost {
  now = performance.now()
  readonly maxBodyBytes: number
  private readonly open = new Set<Connection>()
  private readonly byAddress = new Map<string, Set<Connection>>()
  private heldBytes = 0
  private listener: { readonly port: number; stop(): void } | undefined
  private sweeper: Timer | undefined

  constructor(private readonly options: HttpServerOptions) {
    this.maxBodyBytes = options.maxBodyBytes
  }

  get port(): number {
    return this.listener?.port ?? 0
  }

  get connections(): number {
    return this.open.size
  }

  listen(): void {
    const { hostname, port, reusePort = false } = this.options
    this.listener = Bun.listen<Connection | undefined>({
      hostname,
      port,
      // A client that has said all still gets its answer.
      allowHalfOpen: true,
      // Known to Bun, unknown to its types for sockets.
      ...{ reusePort },
      socket: {
        open: (socket) => this.admit(socket as Socket<Connection>),
        data: (socket, bytes) => socket.data?.receive(bytes),
        drain: (socket) => socket.data?.drain(),
        end: (socket) => socket.data?.endOfInput(),
        close: (socket) => this.forget(socket.data),
        error: (socket) => socket.data?.cut(),
      },
    })
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS)
  }

  retire(): void {
    this.listener?.stop()
    for (const connection of this.open) connection.retire()
  }

  async stop(timeoutMs: number): Promise<void> {
    this.retire()
    const deadline = performance.now() + timeoutMs
    const isBusy = () => [...this.open].some(({ state }) => state !== 'reading')
    while (isBusy() && performance.now() < deadline) await Bun.sleep(5)
    for (const connection of this.open) connection.cut()
    clearInterval(this.sweeper)
  }

  mayHold(bytes: number): boolean {
    return this.heldBytes + bytes <= MAX_HELD_BYTES
  }

  hold(bytes: number): void {
    this.heldBytes += bytes
  }

  onRequest(...request: Parameters<ConnectionHost['onRequest']>): void {
    this.options.onRequest(...request)
  }

  refusal(refusal: HttpRefusal): Uint8Array {
    return this.options.refusal(refusal)
  }

  private admit(socket: Socket<Connection>): void {
    const address = socket.remoteAddress
    const connection = new Connection(socket, address, this)
    socket.data = connection
    const siblings = this.byAddress.get(address) ?? new Set()
    const { maxConnections } = this.options
    // Those being told that they are too many are open for a moment too.
    if (this.open.size > maxConnections * 1.1) {
      connection.cut()
      return
    }
    const isWelcome = this.open.size < maxConnections && this.hasRoom(address, siblings)
    this.open.add(connection)
    siblings.add(connection)
    this.byAddress.set(address, siblings)
    if (isWelcome) return
    connection.refuse(
      new HttpRefusal(503, 'too_many_connections', 'more connections are open than are allowed'),
    )
  }

  /** Whether one more of the address may come in, when need be for one that is idle. */
  private hasRoom(address: string, siblings: ReadonlySet<Connection>): boolean {
    if (siblings.size < this.options.maxConnectionsPerAddress || this.options.isExempt(address)) return true
    for (const sibling of siblings) {
      if (sibling.state !== 'idle') continue
      sibling.retire()
      return true
    }
    return false
  }

  private forget(connection: Connection | undefined): void {
    if (!connection) return
    connection.close()
    this.open.delete(connection)
    const siblings = this.byAddress.get(connection.address)
    siblings?.delete(connection)
    if (siblings?.size === 0) this.byAddress.delete(connection.address)
  }

  /** Ends connections that have been too long in their state. Answering is bounded by whoever answers. */
  private sweep(): void {
    this.now = performance.now()
    const { requestTimeoutMs = 10_000, idleTimeoutMs = 75_000, maxConnections } = this.options
    const isCrowded = this.open.size > maxConnections * CROWDED
    const idleMs = isCrowded ? idleTimeoutMs / 10 : idleTimeoutMs
    for (const connection of this.open) {
      const age = this.now - connection.since
      if (connection.state === 'idle' && age > idleMs) connection.retire()
      else if (connection.state === 'reading' && age > requestTimeoutMs)
        connection.refuse(new HttpRefusal(408, 'request_timeout', 'the request took too long to arrive'))
      else if ((connection.state === 'sending' || connection.state === 'ending') && age > requestTimeoutMs)
        connection.cut()
    }
  }
}
