/** Who may send how much: per address and per site. An address of the exempt networks is never limited. */
import type { BlockList } from 'node:net'
import { isIn } from '@rtpx/kafka/networks'
import { customerOf } from '../clients/privacy.ts'
import { Generations } from './generations.ts'
import { type Rate, RateLimiter } from './rate-limiter.ts'

export interface GateOptions {
  /** Absent: no limit. */
  readonly perAddress?: Rate | undefined
  readonly perSite?: Rate | undefined
  /** Networks that are not limited by address. */
  readonly exempt: BlockList
  /** A clock in milliseconds. */
  readonly now: () => number
}

export class Gate {
  private readonly addresses: RateLimiter | undefined
  private readonly sites: RateLimiter | undefined
  /** Addresses that were found in the exempt networks lately. */
  private readonly exempt = new Generations<string, true>(1_000)

  constructor(private readonly options: GateOptions) {
    const { perAddress, perSite } = options
    this.addresses = perAddress && new RateLimiter(perAddress)
    this.sites = perSite && new RateLimiter(perSite, 10_000)
  }

  /** @returns 0 when events from the address may pass, else after how many seconds they may be sent again */
  waitOfAddress(address: string | undefined, events: number): number {
    if (this.addresses === undefined || address === undefined) return 0
    const wait = this.addresses.take(customerOf(address), events, this.options.now())
    // Asked last: few requests get here, and a look at the networks costs as much as the rest.
    return wait > 0 && this.isExempt(address) ? 0 : wait
  }

  private isExempt(address: string): boolean {
    if (this.exempt.get(address)) return true
    const isExempt = isIn(this.options.exempt, address)
    if (isExempt) this.exempt.set(address, true)
    return isExempt
  }

  /** @returns 0 when events of the site may pass, else after how many seconds they may be sent again */
  waitOfSite(siteId: string, events: number): number {
    return this.sites?.take(siteId, events, this.options.now()) ?? 0
  }
}
