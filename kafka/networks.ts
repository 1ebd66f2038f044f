/** Lists of addresses and networks (`10.0.0.0/8`), as settings name them. */
import { BlockList, isIP } from 'node:net'
import { makeValidator } from 'envalid'

/** Whether an address is in one of the networks; no address is in none. */
export function isIn(list: BlockList, address: string | undefined): boolean {
  return address !== undefined && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Checks a list of networks. @throws Error naming the one that is none */
export function networks(list: readonly string[]): BlockList {
  const found = new BlockList()
  for (const network of list) {
    const [address = '', prefix] = network.split('/')
    const family = isIP(address)
    const bits = family === 6 ? 128 : 32
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
    if (family === 0 || !(length <= bits))
      throw new Error(`"${network}" is no address or network such as 10.0.0.0/8`)
    found.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4')
  }
  return found
}

/** A comma-separated list of addresses and networks, for `cleanEnv`. */
export const networkList = makeValidator<string[]>((text) => {
  const list = text
    .split(',')
    .map((network) => network.trim())
    .filter(Boolean)
  networks(list)
  return list
})

/** Who may read a part's metrics. */
export const metricsVariables = {
  METRICS_NETWORKS: networkList({
    default: ['127.0.0.0/8', '::1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
    desc: 'Networks that may read /metrics and the edge’s /check, comma-separated; others get 404',
  }),
}
