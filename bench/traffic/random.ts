/**
 * Random numbers that follow from a seed: the same keys give the same numbers, on every machine and in every run.
 * The generator is sfc32 (PractRand), started from SHA-256 of the keys, so that neighbouring keys share nothing.
 */

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  chance(probability: number): boolean
  /** From `low` up to, not including, `high`. */
  between(low: number, high: number): number
  /** A whole number from 0 up to, not including, `count`. */
  index(count: number): number
  pick<T>(list: readonly [T, ...T[]]): T
  /** One of the list, each as likely as its weight is of their sum. */
  weighted<T>(list: readonly [Weighted<T>, ...Weighted<T>[]]): T
  /** Time until the next of events that come `mean` apart on average. */
  exponential(mean: number): number
  /** How many of many rare events happen when `mean` are expected. */
  poisson(mean: number): number
  /** Half of the values are below `median`; `sigma` is the deviation of their logarithm. */
  lognormal(median: number, sigma: number): number
}

export type Weighted<T> = readonly [value: T, weight: number]

/** @param keys what the numbers stand for, such as a seed, a day and a name */
export function randomOf(...keys: readonly (string | number)[]): Random {
  const next = sfc32(new Bun.CryptoHasher('sha256').update(JSON.stringify(keys)).digest())
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    next,
    chance: (probability) => next() < probability,
    between: (low, high) => low + (high - low) * next(),
    index: (count) => Math.floor(next() * count),
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
    weighted(list) {
      let rest = next() * list.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [value, weight] of list) {
        rest -= weight
        if (rest < 0) return value
      }
      return list[0][0]
    },
    exponential: (mean) => -Math.log(1 - next()) * mean,
    poisson(mean) {
      // Knuth's product for small means; above, the normal distribution is as good.
      if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
      const limit = Math.exp(-mean)
      let count = 0
      for (let product = next(); product > limit; product *= next()) count += 1
      return count
    },
    lognormal: (median, sigma) => median * Math.exp(sigma * normal()),
  }
}

function sfc32(seed: Buffer): () => number {
  let a = seed.readInt32LE(0)
  let b = seed.readInt32LE(4)
  let c = seed.readInt32LE(8)
  let counter = seed.readInt32LE(12)
  return () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 4_294_967_296
  }
}
