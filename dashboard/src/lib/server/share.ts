/**
 * One answer for everyone who asks the same within a moment: callers share a reading in flight, and its result for as
 * long as they each accept. Failures are never kept. Bounded: the answer asked for longest ago goes first.
 */

interface Entry {
  readonly value: Promise<unknown>
  /** When the reading was done, by the clock passed in; undefined while it runs. */
  readAt: number | undefined
  /** How long the reading took, ms. */
  tookMs: number
}

/** How old an answer may be, in ms; or that, by how long it took to read. */
export type MaxAge = number | ((tookMs: number) => number)

/** Returns a fresh enough answer of `key`, or reads it. */
export type Share = <T>(key: string, maxAge: MaxAge, read: () => Promise<T>) => Promise<T>

const ageOf = (maxAge: MaxAge, tookMs: number) => (typeof maxAge === 'number' ? maxAge : maxAge(tookMs))

/**
 * @param clock ms, only ever compared with itself
 * @param capacity how many answers are kept
 */
export function createShare(clock: () => number, capacity = 1_000): Share {
  const entries = new Map<string, Entry>()
  return <T>(key: string, maxAge: MaxAge, read: () => Promise<T>): Promise<T> => {
    const known = entries.get(key)
    if (known && (known.readAt === undefined || clock() - known.readAt < ageOf(maxAge, known.tookMs))) {
      entries.delete(key)
      entries.set(key, known)
      // The key names what was asked, so the answer has the type of its question.
      return known.value as Promise<T>
    }
    const startedAt = clock()
    const value = read()
    const entry: Entry = { value, readAt: undefined, tookMs: 0 }
    entries.delete(key)
    entries.set(key, entry)
    value.then(
      () => {
        entry.readAt = clock()
        entry.tookMs = entry.readAt - startedAt
      },
      () => entries.get(key) === entry && entries.delete(key),
    )
    for (const oldest of entries.keys()) {
      if (entries.size <= capacity) break
      entries.delete(oldest)
    }
    return value
  }
}
