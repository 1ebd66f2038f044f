// What a directory says about the log after any end of the previous process: where it ends, how far it was delivered,
// and which segments are done with. Changes nothing but deleting segments delivered whole; damage is the reader's part.
// Only the first and the last segment are read: the names of the others say what they hold.

import type { SpoolFiles } from './files.ts'
import type { Position } from './reader.ts'
import { scan } from './scan.ts'
import { findSegments, type Segment } from './segment.ts'

export interface Recovered {
  readonly segments: Segment[]
  readonly nextSequence: number
  /** The first sequence not yet delivered. */
  readonly delivered: number
  /** Where reading goes on; undefined when there are no segments. */
  readonly head: Position | undefined
  /** When the oldest undelivered record was appended, Unix ms. */
  readonly oldestAt: number | undefined
}

/** The sequence after the last intact record of a segment. */
async function endOf(files: SpoolFiles, segment: Segment): Promise<number> {
  let end = segment.firstSequence
  const file = await files.open(segment.name)
  try {
    for await (const found of scan(file, 0, segment.syncedBytes)) {
      if (found.kind === 'record') end = Math.max(end, found.record.sequence + 1)
    }
  } finally {
    await file.close()
  }
  return end
}

/** Finds where the records below `delivered` end in a segment, and when the one after them was appended. */
async function seek(files: SpoolFiles, segment: Segment, delivered: number) {
  // A first sequence above `delivered` means that segments before this one are missing.
  let position: Position = { segment, offset: 0, sequence: Math.min(segment.firstSequence, delivered) }
  const file = await files.open(segment.name)
  try {
    for await (const found of scan(file, 0, segment.syncedBytes)) {
      if (found.kind === 'damage') continue
      const { sequence, appendedAt } = found.record
      if (sequence >= delivered) return { position, oldestAt: appendedAt }
      position = { segment, offset: found.end, sequence: sequence + 1 }
    }
  } finally {
    await file.close()
  }
  return { position, oldestAt: undefined }
}

/** Reads a spool directory's state; `cursor` is the delivered position found on disk, if any. */
export async function recover(files: SpoolFiles, cursor: number | undefined): Promise<Recovered> {
  const found = findSegments(await files.list())
  const last = found.at(-1)
  const nextSequence = Math.max(cursor ?? 0, last ? await endOf(files, last) : 0)
  const delivered = cursor ?? found[0]?.firstSequence ?? 0

  const segments: Segment[] = []
  for (const [i, segment] of found.entries()) {
    const following = found[i + 1]
    if (following && following.firstSequence < delivered) await files.remove(segment.name)
    else segments.push(segment)
  }

  const first = segments[0]
  if (!first) return { segments, nextSequence, delivered, head: undefined, oldestAt: undefined }
  const { position, oldestAt } = await seek(files, first, delivered)
  return { segments, nextSequence, delivered, head: position, oldestAt }
}
