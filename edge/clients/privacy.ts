/** What a site lets the edge keep of an address. */
import { createHmac } from 'node:crypto'
import { isIP } from 'node:net'

/** `full`: as it is; `truncated`: without the last 8 bits (IPv4) or 80 bits (IPv6); `hashed`: a keyed hash that changes daily. */
export type AddressPolicy = 'full' | 'truncated' | 'hashed'

/** A function that keeps of an address what the policy allows. @param key secret of the install, the same on every edge */
export function addressKeeper(key: string): (policy: AddressPolicy, address: string, day: string) => string {
  let salt = { day: '', key: Buffer.alloc(0) }
  return (policy, address, day) => {
    if (policy === 'full') return address
    if (policy === 'truncated') return truncated(address)
    if (salt.day !== day) salt = { day, key: createHmac('sha256', key).update(day).digest() }
    return createHmac('sha256', salt.key).update(address).digest('hex').slice(0, 32)
  }
}

/** The address's network: /24 of IPv4, /48 of IPv6. */
export function truncated(address: string): string {
  if (isIP(address) === 4) return address.replace(/\d+$/, '0')
  return `${groupsOf(address).slice(0, 3).join(':')}::`
}

/** What one customer of a provider usually has: an IPv4 address, or the /64 of an IPv6 one. */
export function customerOf(address: string): string {
  return address.includes(':') ? groupsOf(address).slice(0, 4).join(':') : address
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => group.replace(/^0+(?=.)/, ''))
}
