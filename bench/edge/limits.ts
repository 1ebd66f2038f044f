/** How far the rounds lie apart, and what kept a server from answering more when its core was not full: the load, or what both of them wait for. */
import { median } from '../measure/stats.ts'
import type { Measured } from './rounds.ts'

/** A core that is busy for less than this of a run had time left. */
const FULL = 0.85

/** A note for each kind of limit that cases had; none when every server had its core full. */
export function limits(
  results: ReadonlyMap<string, readonly Pick<Measured, 'cores' | 'busy' | 'rate'>[]>,
): string[] {
  const cases = [...results].map(([name, runs]) => ({
    name,
    cores: median(runs.map((run) => run.cores)),
    busy: median(runs.map((run) => run.busy)),
    rate: Math.max(...runs.map((run) => run.rate)),
  }))
  const idle = cases.filter(({ cores }) => cores < FULL)
  const byLoad = idle.filter(({ busy }) => busy >= FULL)
  const byOthers = idle.filter(({ busy }) => busy < FULL)
  const most = Math.round(Math.max(...byLoad.map(({ rate }) => rate))).toLocaleString('en')
  const told = (list: typeof cases) =>
    list
      .map(({ name, cores, busy }) => `${name} (server ${percent(cores)}, load ${percent(busy)} of a core)`)
      .join(', ')
  return [
    ...(byLoad.length > 0
      ? [
          `the load was the limit, it makes no more than ${most} requests/s here; these servers can do more: ${told(byLoad)}`,
        ]
      : []),
    ...(byOthers.length > 0
      ? [
          `neither the server nor the load had its core full, what stands behind the server, or other programs, were the limit: ${told(byOthers)}`,
        ]
      : []),
  ]
}

/** How far the rounds of a case lie from their middle; none of a single round. */
export function noise(results: ReadonlyMap<string, readonly Pick<Measured, 'rate'>[]>): string[] {
  const spreads = [...results].flatMap(([name, runs]) => {
    const rates = runs.map(({ rate }) => rate)
    return rates.length < 2
      ? []
      : [{ name, spread: (Math.max(...rates) - Math.min(...rates)) / 2 / median(rates) }]
  })
  const noisiest = spreads.toSorted((a, b) => b.spread - a.spread)[0]
  if (!noisiest) return []
  const usual = percent(median(spreads.map(({ spread }) => spread)))
  return [
    `noise: rounds lie within ± ${usual} in half of the cases; within ± ${percent(noisiest.spread)} in the noisiest, ${noisiest.name}`,
  ]
}

const percent = (share: number) => `${Math.round(share * 100)} %`
