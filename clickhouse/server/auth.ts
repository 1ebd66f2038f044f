/**
 * Who is asking, by ClickHouse's rules (`authenticateUserByHTTP.cpp`): headers, basic auth, or the URL, never two of them.
 * It promises: a wrong name and a wrong password take the same time and give the same answer; and while the user has no
 * password, only this machine's own programs are served, not a page that its browser happens to show.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { ServerException } from './exceptions.ts'

export interface Account {
  user: string
  password: string
}

const failed = (message: string) => new ServerException(516, 'AUTHENTICATION_FAILED', message)
const together = (one: string, other: string) =>
  failed(`Invalid authentication: it is not allowed to use ${one} and ${other} simultaneously`)

export interface Claim {
  user: string
  password: string
  from: string
}

function basic(header: string): Claim {
  const [, scheme = '', encoded = ''] = /^(\S+)\s*(.*)$/.exec(header) ?? []
  if (scheme.toLowerCase() !== 'basic')
    throw failed(`Invalid authentication: '${scheme}' HTTP Authorization scheme is not supported`)
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  const user = colon < 0 ? decoded : decoded.slice(0, colon)
  return { user, password: colon < 0 ? '' : decoded.slice(colon + 1), from: 'Authorization HTTP header' }
}

/** The name and password a request claims. @throws ServerException when it claims two, or an empty name */
export function claimOf(url: URL, headers: Headers): Claim {
  const user = headers.get('x-clickhouse-user') ?? ''
  const key = headers.get('x-clickhouse-key') ?? ''
  const header = headers.get('authorization')
  const authorization = header === 'never' ? null : header
  const inUrl = url.searchParams.has('user') || url.searchParams.has('password')
  let claim: Claim
  if (user || key) {
    if (authorization) throw together('X-ClickHouse HTTP headers', 'Authorization HTTP header')
    if (inUrl) throw together('X-ClickHouse HTTP headers', 'authentication via parameters')
    claim = { user, password: key, from: 'X-ClickHouse HTTP headers' }
  } else if (authorization) {
    if (inUrl) throw together('Authorization HTTP header', 'authentication via parameters')
    claim = basic(authorization)
  } else {
    claim = {
      user: url.searchParams.get('user') ?? 'default',
      password: url.searchParams.get('password') ?? '',
      from: 'authentication via parameters',
    }
  }
  if (!claim.user) throw failed(`Got an empty user name from ${claim.from}`)
  return claim
}

const digest = (text: string) => createHash('sha256').update(text).digest()
const same = (left: string, right: string) => timingSafeEqual(digest(left), digest(right))

/** The refusal of a name or a password, the same for both. */
export const wrongCredentials = (user: string) =>
  failed(
    `${user}: Authentication failed: password is incorrect, or there is no user with such name. `.trimEnd(),
  )

/** Whether the password is the one with this hash. @param sha256 in hex */
export function hasHash(password: string, sha256: string): boolean {
  const expected = Buffer.from(sha256, 'hex')
  return expected.byteLength === 32 && timingSafeEqual(digest(password), expected)
}

/** Lets a request of rtpx's own user in. @throws ServerException 516 otherwise */
export function authenticate(claim: Claim, headers: Headers, account: Account): void {
  const known = same(claim.user, account.user)
  const right = same(claim.password, account.password)
  if (!known || !right) throw wrongCredentials(claim.user)
  if (!account.password) refuseForeignPages(headers)
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/** True for the addresses only this machine can reach. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1'
}

/** A page in the owner's browser can post to loopback, or reach it by a name of its own: without a password, refuse both. */
function refuseForeignPages(headers: Headers): void {
  const host = headers.get('host') ?? 'localhost'
  const origin = headers.get('origin')
  const foreign = origin !== null && !LOOPBACK.test(origin.replace(/^https?:\/\//i, ''))
  if (foreign || !LOOPBACK.test(host))
    throw failed(
      'default: without a password only loopback addresses are served, and no pages of other sites',
    )
}
