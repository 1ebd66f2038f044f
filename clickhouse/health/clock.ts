/** Clocks of different machines, compared. */
import { type Check, checkOf } from './check.ts'
import { LIMITS } from './limits.ts'

/** @param part whose clock it is. @param skewMs it less this machine's; ms */
export function clockCheck(part: string, skewMs: number): Check {
  const { ok, warn, bad } = checkOf('clock', `Clock of ${part}`)
  const words = `${(Math.abs(skewMs) / 1000).toFixed(1)} s ${skewMs < 0 ? 'behind' : 'ahead of'} this machine`
  const advice =
    'keep the clocks together by NTP (chrony or systemd-timesyncd): the edge stamps the events by its own'
  if (Math.abs(skewMs) >= LIMITS.clockBadMs) return bad(words, advice)
  return Math.abs(skewMs) >= LIMITS.clockWarnMs ? warn(words, advice) : ok('agrees with this machine')
}
