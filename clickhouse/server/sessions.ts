/**
 * Named sessions (`session_id`): a connection kept between requests, with its temporary tables and settings. It promises:
 * one request at a time in a session; an idle one is closed when its time is up; names of one user are not another's.
 */
import { ServerException } from './exceptions.ts'
import type { Connection } from './libchdb.ts'
import type { QueryRequest } from './request.ts'

interface Session {
  connection?: Connection | undefined
  busy: boolean
  expiry?: ReturnType<typeof setTimeout> | undefined
}

/** Sessions that may be open at a time; each is a connection. */
const MAX_SESSIONS = 1000

/** A session while a request has it. */
export interface HeldSession {
  /** Its connection; absent until the first statement opened one. */
  connection: Connection | undefined
  /** Gives it back with the connection it has now. */
  release(connection: Connection | undefined): void
}

export class Sessions {
  readonly #sessions = new Map<string, Session>()
  readonly #close: (connection: Connection) => Promise<void>

  constructor(close: (connection: Connection) => Promise<void>) {
    this.#close = close
  }

  /** Takes a session for a request. @throws ServerException 372 (none), 373 (busy) */
  hold(wanted: NonNullable<QueryRequest['session']>): HeldSession {
    const { id } = wanted
    let session = this.#sessions.get(id)
    if (!session) {
      if (wanted.mustExist) throw new ServerException(372, 'SESSION_NOT_FOUND', `Session ${id} not found`)
      if (this.#sessions.size >= MAX_SESSIONS)
        throw new ServerException(
          202,
          'TOO_MANY_SIMULTANEOUS_QUERIES',
          `Too many sessions. Maximum: ${MAX_SESSIONS}`,
        )
      session = { busy: false }
      this.#sessions.set(id, session)
    }
    if (session.busy)
      throw new ServerException(373, 'SESSION_IS_LOCKED', `Session ${id} is locked by a concurrent client`)
    const held = session
    held.busy = true
    clearTimeout(held.expiry)
    return {
      connection: held.connection,
      release: (connection) => {
        held.busy = false
        held.connection = connection
        if (wanted.close) this.#end(id, held)
        else {
          held.expiry = setTimeout(() => this.#end(id, held), wanted.timeoutSeconds * 1000)
          held.expiry.unref()
        }
      },
    }
  }

  /** Closes all that no request has. */
  async closeAll(): Promise<void> {
    const idle = [...this.#sessions].filter(([, session]) => !session.busy)
    await Promise.all(idle.map(([id, session]) => this.#end(id, session)))
  }

  async #end(id: string, session: Session): Promise<void> {
    this.#sessions.delete(id)
    clearTimeout(session.expiry)
    if (session.connection !== undefined) await this.#close(session.connection)
  }
}
