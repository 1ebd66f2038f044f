/**
 * Whose address a request counts for: the socket's, unless that is a trusted proxy's.
 *
 * Only one header is believed, and only from trusted peers, walked from the right: whatever a client wrote into it stands to
 * the left of what the proxies added (RFC 7239 section 8.1). A proxy that manages one header passes the other on unread,
 * so which one is a setting, never a guess.
 */
import { isIP } from 'node:net'
import { isIn, networks } from '@rtpx/kafka/networks'

/** What of a request's headers is needed; Fetch's Headers are one. */
export interface HeaderReader {
  /** A header's value by its name in lower case; null without one. */
  get(name: string): string | null
}

export type ProxyHeader = 'x-forwarded-for' | 'forwarded'

export interface ProxyTrust {
  /** Addresses and networks (`10.0.0.0/8`) of proxies whose header is believed. */
  readonly proxies: readonly string[]
  readonly header: ProxyHeader
}

/** A function from a request's socket and headers to the client's address. @throws for a network that is none */
export function addressReader({ proxies, header }: ProxyTrust) {
  const trusted = networks(proxies)
  const isTrusted = (address: string) => isIn(trusted, address)
  return (socket: string | undefined, headers: HeaderReader): string | undefined => {
    if (socket === undefined) return undefined
    let client = plainAddress(socket)
    if (proxies.length === 0 || !isTrusted(client)) return client
    const hops = hopsOf(headers.get(header) ?? '', header)
    for (let index = hops.length - 1; index >= 0; index -= 1) {
      const hop = plainAddress(hops[index] ?? '')
      if (isIP(hop) === 0) return client
      client = hop
      if (!isTrusted(hop)) return client
    }
    return client
  }
}

function hopsOf(value: string, header: ProxyHeader): string[] {
  const elements = value.split(',').slice(-32)
  if (header === 'x-forwarded-for') return elements.map((element) => element.trim())
  return elements.map((element) => /(?:^|;)\s*for="?([^";]*)"?/i.exec(element)?.[1]?.trim() ?? '')
}

/** An address without port, brackets, zone or IPv4-in-IPv6 prefix, lower case. */
export function plainAddress(text: string): string {
  if (!text.includes(':')) return text
  const address =
    /^\[([^\]]*)\]/.exec(text)?.[1] ?? (/^[\d.]+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text)
  return address
    .toLowerCase()
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=[\d.]+$)/, '')
}
