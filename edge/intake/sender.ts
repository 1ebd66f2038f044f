/** Who sent a request, from its socket and headers. */
import type { HeaderReader } from '../clients/address.ts'
import type { Site } from '../sites/site.ts'
import { type Page, pageOf } from './page.ts'
import { cut } from './values.ts'

export interface Sender {
  /** The client's address; absent when the socket has none. */
  readonly sourceIp?: string | undefined
  readonly userAgent?: string | undefined
  /** The page that holds the pixel or script, from `Referer`. */
  readonly page?: Page | undefined
  /** Host of `Origin`. */
  readonly originDomain?: string | undefined
  /** Whether the browser asks not to be tracked (`Sec-GPC: 1` or `DNT: 1`). */
  readonly optsOut?: boolean
  /** Whether a valid server key came with the request. */
  readonly isServer: boolean
  /** The site of that key. */
  readonly site?: Site | undefined
}

const MAX_USER_AGENT = 512

/** The sender of a browser's request. */
export function browserSender(headers: HeaderReader, sourceIp: string | undefined): Sender {
  const referer = headers.get('referer')
  const origin = headers.get('origin')
  const userAgent = headers.get('user-agent')
  return {
    sourceIp,
    userAgent: userAgent ? cut(userAgent, MAX_USER_AGENT) : undefined,
    page: referer ? pageOf(referer) : undefined,
    originDomain: origin ? pageOf(origin)?.domain : undefined,
    optsOut: headers.get('sec-gpc') === '1' || headers.get('dnt') === '1',
    isServer: false,
  }
}
