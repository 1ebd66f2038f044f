/**
 * Personal logins: people whose own tools connect straight to the embedded server. It promises: whatever a login sends passes
 * the gate (`../analyst/gate.ts`) and runs under the role, the sites and the limits of its person; a login that is taken
 * back, or whose time is up, is refused within seconds; and one person's statements leave lanes for everyone else.
 */
import type { Ask } from '../analyst/ask.ts'
import { createGate } from '../analyst/gate.ts'
import { SqlRefused } from '../analyst/refusal.ts'
import { SQL_AT_ONCE, type SqlScope, scopeSettings } from '../analyst/scope.ts'
import { SQL_ROLE } from '../analyst/views.ts'
import { type Claim, hasHash, wrongCredentials } from './auth.ts'
import type { Engine } from './engine.ts'
import { ServerException } from './exceptions.ts'
import { clientSettings } from './people-settings.ts'
import { placeOf } from './query.ts'
import type { QueryRequest } from './request.ts'
import { identifier, literal } from './tokens.ts'

/** A person's login. */
export interface Person extends SqlScope {
  readonly login: string
}

interface Login extends Person {
  readonly passwordSha256: string
  /** ms since 1970; 0: never */
  readonly expiresAt: number
}

/** How old what is known of a login may be, in ms. */
const KNOWN_MS = 2_000
const MOST_KNOWN = 1_000
/** Logins are told apart from other names, so that a wrong name costs no question. */
const LOGIN = /^sql_\w{1,60}$/
/** What tools send to cancel; of others' statements nothing is known here, so nothing is ended. */
const KILL =
  /^\s*KILL\s+QUERY\s+WHERE\s+query_id\s*=\s*'([^'\\]{1,200})'(?:\s+A?SYNC)?(\s+FORMAT\s+\w+)?\s*;?\s*$/i
/** What they say as they connect, and is so already. */
const ALREADY_SO = /^\s*(?:SET\s+readonly\s*=\s*1|USE\s+(`?)(\w+)\1)\s*;?\s*$/i
const NO_HASH = '0'.repeat(64)

export class People {
  readonly #engine: Engine
  readonly #database: string
  readonly #now: () => number
  readonly #known = new Map<string, { login: Login | undefined; readAt: number }>()
  readonly #running = new Map<string, Map<AbortController, string>>()
  readonly #gate

  constructor(engine: Engine, database: string, now: () => number) {
    this.#engine = engine
    this.#database = database
    this.#now = now
    this.#gate = createGate(database)
  }

  /** Who it is. @throws ServerException 516 for a wrong name or password, or a login whose time is up */
  async authenticate(claim: Claim): Promise<Person> {
    const login = await this.#find(claim.user)
    const right = hasHash(claim.password, login?.passwordSha256 ?? NO_HASH)
    const current = login && (login.expiresAt === 0 || login.expiresAt > this.#now())
    if (!right || !current) throw wrongCredentials(claim.user)
    return login
  }

  async #find(name: string): Promise<Login | undefined> {
    const known = this.#known.get(name)
    if (known && this.#now() - known.readAt < KNOWN_MS) return known.login
    const login = await this.#read(name)
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#known.set(name, { login, readAt: this.#now() })
    return login
  }

  async #read(name: string): Promise<Login | undefined> {
    if (!LOGIN.test(name)) return undefined
    const outcome = await this.#engine.control(
      `SELECT password_sha256, all_sites, site_ids, ifNull(toUnixTimestamp64Milli(expires_at), 0)
       FROM ${identifier(this.#database)}.sql_logins WHERE login = {login:String}`,
      'JSONCompactEachRow',
      [['login', name]],
    )
    // Before the first migration there is no such table, and nobody has a login.
    const line = outcome.ok ? Buffer.from(outcome.bytes).toString().trim() : ''
    if (!line) return undefined
    const [passwordSha256, all, siteIds, expiresAt] = JSON.parse(line)
    return { login: name, passwordSha256, siteIds: all ? 'all' : siteIds, expiresAt: Number(expiresAt) }
  }

  /**
   * Takes one of the person's places for the statement of this id.
   * @returns `killed` fires when the person ends it; `leave` gives the place back
   * @throws ServerException 202 when all are taken
   */
  enter({ login }: Person, queryId: string): { killed: AbortSignal; leave: () => void } {
    const running = this.#running.get(login) ?? new Map<AbortController, string>()
    if (running.size >= SQL_AT_ONCE)
      throw new ServerException(
        202,
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `Too many simultaneous queries of ${login}. Maximum: ${SQL_AT_ONCE}`,
      )
    const place = new AbortController()
    this.#running.set(login, running.set(place, queryId))
    const leave = () => {
      running.delete(place)
      if (running.size === 0 && this.#running.get(login) === running) this.#running.delete(login)
    }
    return { killed: place.signal, leave }
  }

  /**
   * Ends a statement of the person's own, as their tool's Cancel asks for.
   * @returns the statement that tells of it, undefined when this one is no such KILL
   */
  kill({ login }: Person, sql: Buffer): Buffer | undefined {
    const [, queryId, format = ''] = KILL.exec(sql.toString('utf8')) ?? []
    if (queryId === undefined) return undefined
    const ended = [...(this.#running.get(login) ?? [])].filter(([, id]) => id === queryId)
    for (const [place] of ended) place.abort()
    return Buffer.from(
      `SELECT 'waiting' AS kill_status, ${literal(queryId)} AS query_id, ${literal(login)} AS user, '' AS query FROM system.one WHERE ${ended.length}${format}`,
    )
  }

  /** The request as the person may make it. @throws ServerException for a setting that is not theirs */
  scoped(request: QueryRequest, person: Person): QueryRequest {
    const scope = scopeSettings(this.#database, person)
    return {
      ...request,
      // A session would keep what a login must not set; without that one request is like another.
      session: undefined,
      scoped: true,
      roles: [SQL_ROLE],
      database: this.#database,
      settings: [...clientSettings(request.settings, scope), ...Object.entries(scope)],
    }
  }

  /** The statement that may run. @throws ServerException for one that may not */
  async judge(request: QueryRequest, sql: Buffer, gone: AbortSignal): Promise<Buffer> {
    const [already, , database = this.#database] = ALREADY_SO.exec(sql.toString('utf8')) ?? []
    if (already !== undefined && database === this.#database) return sql
    const lane = await this.#engine.acquire(gone)
    try {
      const ask: Ask = async (text, params = []) => {
        const place = placeOf(this.#engine, request, [])
        const { outcome } = await lane.query(place, Buffer.from(text), 'JSONCompactEachRow', params)
        if (!outcome.ok) throw new EngineError(outcome.error)
        const lines = Buffer.from(outcome.bytes).toString().split('\n').filter(Boolean)
        return lines.map((line) => String(JSON.parse(line)[0]))
      }
      const passed = await this.#gate(ask, sql.toString('utf8'), request.params)
      return Buffer.from(passed.format ? `${passed.sql} FORMAT ${passed.format}` : passed.sql)
    } catch (error) {
      throw asServerException(error)
    } finally {
      this.#engine.release(lane)
    }
  }
}

class EngineError extends Error {
  readonly code: string

  constructor(message: string) {
    super(message)
    this.code = /^Code: (\d+)\./.exec(message)?.[1] ?? ''
  }
}

function asServerException(error: unknown): unknown {
  if (!(error instanceof SqlRefused)) return error
  if (error.reason === 'syntax') return new ServerException(62, 'SYNTAX_ERROR', error.message)
  return new ServerException(497, 'ACCESS_DENIED', `${error.message} [${error.reason}]`)
}
