/**
 * Works on several items at the same time, never more than asked for, drawing the next one only when there is room.
 * @throws what the first failing work threw, after the others have ended; nothing more is drawn then
 */
export async function atOnce<T>(
  items: AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]()
  let failed = false
  const worker = async () => {
    while (!failed) {
      const { done, value } = await iterator.next()
      if (done) return
      await work(value)
    }
  }
  const workers = Array.from({ length: limit }, () =>
    worker().catch((error: unknown) => {
      failed = true
      throw error
    }),
  )
  const results = await Promise.allSettled(workers)
  const failure = results.find((result) => result.status === 'rejected')
  if (failure) throw failure.reason
}
