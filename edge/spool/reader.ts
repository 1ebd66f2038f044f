// Reads the log from a position in sequence order, up to what is durable, and accounts for every sequence: each is
// either a record or part of a loss, whether its bytes were damaged, its file was cut short or the whole file is gone.

import { errnoOf, type SpoolFiles } from './files.ts'
import type { Log } from './log.ts'
import type { StoredRecord } from './record.ts'
import { type Found, scan } from './scan.ts'
import type { Segment } from './segment.ts'

/** A place in the log: everything before `sequence` lies before `offset` of this segment. */
export interface Position {
  readonly segment: Segment
  readonly offset: number
  readonly sequence: number
}

export type Item =
  | {
      readonly kind: 'record'
      readonly record: StoredRecord
      readonly offset: number
      readonly after: Position
    }
  | {
      readonly kind: 'loss'
      readonly offset: number
      readonly bytes: number
      /** Records that were there; 0 when the bytes were never acknowledged (the torn end of a crash). */
      readonly lost: number
      readonly after: Position
    }
  /** The segment is complete and was read whole. */
  | { readonly kind: 'end'; readonly segment: Segment }

async function* contents(
  files: SpoolFiles,
  { segment, offset }: Position,
  end: number,
): AsyncGenerator<Found, void> {
  const file = await files.open(segment.name).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (!file) {
    if (end > offset) yield { kind: 'damage', offset, end }
    return
  }
  try {
    yield* scan(file, offset, end)
  } finally {
    await file.close()
  }
}

/**
 * Reads one segment from a position. `delivered` is the first sequence not yet delivered: losses below it were counted
 * when they were first met.
 */
async function* readSegment(
  log: Log,
  files: SpoolFiles,
  start: Position,
  delivered: number,
  complete: boolean,
): AsyncGenerator<Item, void> {
  const { segment } = start
  const following = log.after(segment)
  const endSequence = following?.firstSequence ?? log.nextSequence
  const end = segment.syncedBytes

  let { sequence } = start
  let damage: { readonly offset: number; readonly end: number } | undefined

  function* lossBefore(next: number, offset: number): Generator<Item, void> {
    const lost = Math.max(0, next - Math.max(sequence, delivered))
    const known = sequence < delivered && next <= delivered
    if ((damage || lost > 0) && !known) {
      const at = damage ?? { offset, end: offset }
      const after = { segment, offset, sequence: Math.max(next, sequence) }
      yield { kind: 'loss', offset: at.offset, bytes: at.end - at.offset, lost, after }
    }
    damage = undefined
  }

  for await (const found of contents(files, start, end)) {
    if (found.kind === 'damage') {
      damage = { offset: damage?.offset ?? found.offset, end: found.end }
      continue
    }
    const { record } = found
    // Past the end: refused to its caller when it was written. Before the beginning: a copy of one already read.
    if (record.sequence >= endSequence || record.sequence < sequence) continue
    yield* lossBefore(record.sequence, found.offset)
    sequence = record.sequence + 1
    const after = { segment, offset: found.end, sequence }
    yield { kind: 'record', record, offset: found.offset, after }
  }
  yield* lossBefore(endSequence, end)
  if (complete) yield { kind: 'end', segment }
}

/** Reads from `start` (undefined: nothing to read) through all segments there are, to the end of what is durable. */
export async function* readLog(
  log: Log,
  files: SpoolFiles,
  start: Position | undefined,
  delivered: number,
): AsyncGenerator<Item, void> {
  for (let position = start; position; ) {
    const { segment } = position
    const complete = !log.isActive(segment)
    yield* readSegment(log, files, position, delivered, complete)
    // More may have been appended to it since, which comes before anything in a later segment.
    if (!complete) return
    const next = log.after(segment)
    position = next && { segment: next, offset: 0, sequence: next.firstSequence }
  }
}
