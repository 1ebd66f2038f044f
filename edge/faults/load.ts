/**
 * The load of the fault tests: pixels and batches over keep-alive connections, with a ledger of what was acknowledged.
 *
 * - An id is in `acknowledged` only when the answer that names it was a 2xx, read to its end.
 * - Half of the pixels choose their id and send it again until it is acknowledged, as a careful client does; for the others
 *   the edge's `X-Event-Id` is the id.
 */
import { type Answer, Connection, NoAnswer } from './connection.ts'

export interface LoadOptions {
  readonly port: number
  /** The type of every event, its own for each load: what the oracle finds them by. */
  readonly eventType: string
  readonly pixelConnections: number
  readonly batchConnections: number
  readonly eventsPerBatch?: number
  /** Text of so many characters in each event of a batch. */
  readonly paddingChars?: number
  /** Players the events are spread over. */
  readonly players?: number
  /** Pause of each connection after an answer, in milliseconds. */
  readonly pauseMs: number
}

export interface Ledger {
  readonly acknowledged: ReadonlySet<string>
  /** Answers by status and code, such as `200`, `503 spool_full`, or `no answer`. */
  readonly answers: ReadonlyMap<string, number>
  /** The longest a request waited for its answer, or for learning that there is none; ms. */
  readonly longestMs: number
  /** 503 that did not say when to come again. */
  readonly withoutRetryAfter: number
}

export interface Load {
  readonly ledger: Ledger
  /** Lets every request that is under way end, and sends no more. */
  stop(): Promise<Ledger>
}

/** Nobody should wait this long; who does counts as unanswered. */
const GIVE_UP_MS = 60_000
const RECONNECT_MS = 50

/** Starts to send at once. */
export function startLoad(options: LoadOptions): Load {
  const { eventType, pauseMs, players = 500, eventsPerBatch = 50, paddingChars = 0 } = options
  const acknowledged = new Set<string>()
  const answers = new Map<string, number>()
  const ledger = { acknowledged, answers, longestMs: 0, withoutRetryAfter: 0 }
  const padding = 'x'.repeat(paddingChars)
  let running = true
  let sent = 0

  const count = (answer: string) => {
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  }

  function note({ status, head, body }: Answer): void {
    count(status < 300 ? String(status) : `${status} ${/"code":"(\w+)"/.exec(body)?.[1] ?? ''}`)
    if (status === 503 && !/\r\nretry-after: *\d+/i.test(head)) ledger.withoutRetryAfter += 1
  }

  /** Sends a request until told that it is settled. */
  async function lane(makeRequest: () => Request): Promise<void> {
    let connection: Connection | undefined
    let request = makeRequest()
    while (running) {
      const startedAt = performance.now()
      try {
        connection ??= await Connection.open(options.port)
        const answer = await connection.ask(request.text, GIVE_UP_MS)
        note(answer)
        if (answer.status < 300) for (const id of request.idsOf(answer)) acknowledged.add(id)
        if (answer.status < 300 || !request.isRepeatable) request = makeRequest()
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        count('no answer')
        connection?.close()
        connection = undefined
        if (!request.isRepeatable) request = makeRequest()
        await Bun.sleep(RECONNECT_MS)
      }
      ledger.longestMs = Math.max(ledger.longestMs, performance.now() - startedAt)
      if (pauseMs > 0) await Bun.sleep(pauseMs)
    }
    connection?.close()
  }

  function pixel(): Request {
    sent += 1
    const path = `/pixel.gif?event_type=${eventType}&pid=p${sent % players}&btag=b${sent % 7}&s=${sent}`
    const end = ' HTTP/1.1\r\nHost: edge\r\nUser-Agent: load\r\n\r\n'
    if (sent % 2 === 0) {
      const idsOf = ({ head }: Answer) => [
        /\r\nx-event-id: *(\S+)/i.exec(head)?.[1] ?? 'an answer without id',
      ]
      return { text: `GET ${path}${end}`, isRepeatable: false, idsOf }
    }
    const id = crypto.randomUUID()
    const text = `GET ${path}&event_id=${id}&occurred_at=${Date.now()}${end}`
    return { text, isRepeatable: true, idsOf: () => [id] }
  }

  function batch(): Request {
    const events = Array.from({ length: eventsPerBatch }, () => {
      sent += 1
      return {
        id: crypto.randomUUID(),
        event_type: eventType,
        pid: `p${sent % players}`,
        btag: 'b',
        s: sent,
        padding,
      }
    })
    const body = JSON.stringify(events)
    const head = `POST /api/events HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
    const idsOf = ({ body: answer }: Answer) => {
      const { accepted } = JSON.parse(answer) as { accepted: number }
      if (accepted !== events.length) throw new Error(`some events were refused: ${answer}`)
      return events.map(({ id }) => id)
    }
    return { text: head + body, isRepeatable: false, idsOf }
  }

  const lanes = [
    ...Array.from({ length: options.pixelConnections }, () => lane(pixel)),
    ...Array.from({ length: options.batchConnections }, () => lane(batch)),
  ]
  const ended = Promise.all(lanes)
  // Whoever stops the load hears of it; until then it must not end the process.
  ended.catch(() => {})
  return {
    ledger,
    async stop() {
      running = false
      await ended
      return ledger
    },
  }
}

interface Request {
  readonly text: string
  /** The same event, with the same id, may be sent again. */
  readonly isRepeatable: boolean
  /** The ids that a 2xx acknowledges. */
  idsOf(answer: Answer): string[]
}
