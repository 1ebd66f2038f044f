/**
 * Which machine an address names, and whether messages may go there. A webhook is an address that a user typed: it must not reach what only
 * this machine or its network can (SSRF).
 *
 * - The name is resolved here, every address it has is judged, and the connection is made to the address that was judged, not to the name:
 *   a name that leads elsewhere a moment later (DNS rebinding) gains nothing.
 * - Only addresses of the public internet pass, and only some ports, unless the owner allows more.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import { type BlockList, isIP } from 'node:net'
import { isIn, networks } from '@rtpx/clickhouse/settings'

/** A target that messages never go to; trying again does not help. */
export class RefusedTarget extends Error {}

/** The addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

export const systemResolve: Resolve = async (hostname) =>
  (await systemLookup(hostname, { all: true, verbatim: true })).map(({ address }) => address)

export interface TargetRules {
  readonly resolve: Resolve
  /** Networks that are allowed though they are not public. */
  readonly allowed: BlockList
  readonly ports: readonly number[]
}

/** IANA's special-purpose IPv4 networks, multicast, and a metadata service that has a public address. */
const NOT_PUBLIC = networks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '168.63.129.16',
])
/** Of IPv6 only global unicast is public, without tunnels that carry an IPv4 address, and documentation. */
const GLOBAL_UNICAST = networks(['2000::/3'])
const NOT_PUBLIC_6 = networks(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

/** Whether an address belongs to the public internet. */
export function isPublic(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !isIn(NOT_PUBLIC, address)
  return family === 6 && isIn(GLOBAL_UNICAST, address) && !isIn(NOT_PUBLIC_6, address)
}

export interface Place {
  /** The address to connect to. */
  readonly address: string
  readonly port: number
  /** The name to speak to it by. */
  readonly hostname: string
}

/**
 * Where a message to this URL may go.
 * @throws RefusedTarget, or what the resolver throws
 */
export async function placeOf(url: URL, { resolve, allowed, ports }: TargetRules): Promise<Place> {
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const addresses = isIP(hostname) ? [hostname] : await resolve(hostname)
  const [address] = addresses
  if (address === undefined) throw new RefusedTarget(`${hostname} has no address`)
  const ownerAllows = addresses.every((one) => isIn(allowed, one))
  const refused = addresses.find((one) => !isPublic(one) && !isIn(allowed, one))
  if (refused !== undefined)
    throw new RefusedTarget(
      `${hostname} is ${refused}, which is no address of the public internet (WEBHOOK_NETWORKS allows others)`,
    )
  if (!ports.includes(port) && !ownerAllows)
    throw new RefusedTarget(`port ${port} is none of WEBHOOK_PORTS (${ports.join(', ')})`)
  return { address, port, hostname }
}
