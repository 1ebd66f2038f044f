// A segment: one append-only file of records. Its name carries its place in the log and the sequence it begins with,
// so the log's extent is known from the directory alone. It ends where the next one begins: records at or past the next
// segment's first sequence were refused to their caller (their sync failed) and are not part of the log.

export interface Segment {
  readonly name: string
  /** Place in the log; never used twice. */
  readonly index: number
  readonly firstSequence: number
  /** Bytes known to be durable; readers never look further. */
  syncedBytes: number
  /** Bytes the file takes; more than `syncedBytes` when a failed write could not be cut off. */
  fileBytes: number
}

const NAME = /^(\d{10})-(\d{16})\.log$/

export function newSegment(index: number, firstSequence: number): Segment {
  const name = `${String(index).padStart(10, '0')}-${String(firstSequence).padStart(16, '0')}.log`
  return { name, index, firstSequence, syncedBytes: 0, fileBytes: 0 }
}

/** The segments among the files of a spool directory, oldest first. */
export function findSegments(files: readonly { name: string; bytes: number }[]): Segment[] {
  return files
    .flatMap(({ name, bytes }) => {
      const match = NAME.exec(name)
      if (!match) return []
      const [, index, firstSequence] = match
      return {
        name,
        index: Number(index),
        firstSequence: Number(firstSequence),
        syncedBytes: bytes,
        fileBytes: bytes,
      }
    })
    .sort((a, b) => a.index - b.index)
}
