// The log: segments oldest first, the last of them possibly open for writing. Promises:
// - `append` returns only when its records are durable, and after a failed write or sync nothing of it is part of the
//   log: page-cache state cannot be trusted then, so the segment ends at its last synced byte and a new one begins.
// - Sequences are gapless over what was appended; those of a failed append are given to the next.
// - `syncedBytes` and `nextSequence` change together, so a reader between two awaits sees one consistent end.

import type { Batch } from '../sinks/sink.ts'
import { errnoOf, type SpoolFile, type SpoolFiles } from './files.ts'
import { encodeRecord, HEADER_BYTES } from './record.ts'
import { newSegment, type Segment } from './segment.ts'

/** Bytes a piece takes on disk. */
export const diskBytes = (piece: Batch): number => HEADER_BYTES + piece.lines.byteLength

export class Log {
  #writing = false
  #active: { readonly segment: Segment; readonly file: SpoolFile } | undefined
  #lastIndex: number
  readonly #toDelete = new Set<Segment>()

  constructor(
    private readonly files: SpoolFiles,
    private readonly segmentBytes: number,
    /** Oldest first; those given are complete, a new one is begun by the first append. */
    readonly segments: Segment[],
    /** The sequence the next appended record gets. */
    public nextSequence: number,
  ) {
    this.#lastIndex = segments.at(-1)?.index ?? 0
  }

  /** Bytes the segments take on disk. */
  get fileBytes(): number {
    return [...this.segments, ...this.#toDelete].reduce((sum, segment) => sum + segment.fileBytes, 0)
  }

  /** The segment after this one (which may be gone already), or undefined when it is the last. */
  after(segment: Segment): Segment | undefined {
    return this.segments.find(({ index }) => index > segment.index)
  }

  isActive(segment: Segment): boolean {
    return this.#active?.segment === segment
  }

  /** Writes the pieces as one run of records with one sync. Calls must not overlap. */
  async append(pieces: readonly Batch[], now: number): Promise<void> {
    const bytes = pieces.reduce((sum, piece) => sum + diskBytes(piece), 0)
    this.#writing = true
    try {
      const { segment, file } = await this.#activeFor(bytes)
      const buffer = Buffer.allocUnsafe(bytes)
      let offset = 0
      pieces.forEach((piece, i) => {
        offset = encodeRecord(buffer, offset, piece, this.nextSequence + i, now)
      })
      try {
        await file.write(buffer, segment.syncedBytes)
        await file.sync()
      } catch (error) {
        await this.#abandon(segment, file, bytes)
        throw error
      }
      segment.syncedBytes += bytes
      segment.fileBytes = segment.syncedBytes
      this.nextSequence += pieces.length
    } finally {
      this.#writing = false
    }
  }

  /** Ends the segment being written unless a write is on its way; the next append begins a new one. */
  async seal(): Promise<void> {
    const active = this.#active
    if (!active || this.#writing) return
    this.#active = undefined
    // Its bytes are durable: a failing close loses nothing.
    await active.file.close().catch(() => {})
  }

  /** Takes a segment out of the log and deletes its file; false when that failed and is left to the next removal. */
  async remove(segment: Segment): Promise<boolean> {
    const at = this.segments.indexOf(segment)
    if (at >= 0) this.segments.splice(at, 1)
    this.#toDelete.add(segment)
    for (const gone of [...this.#toDelete]) {
      await this.files.remove(gone.name).then(
        () => this.#toDelete.delete(gone),
        (error: unknown) => errnoOf(error) === 'ENOENT' && this.#toDelete.delete(gone),
      )
    }
    return !this.#toDelete.has(segment)
  }

  async #activeFor(bytes: number): Promise<{ segment: Segment; file: SpoolFile }> {
    const active = this.#active
    if (active && active.segment.syncedBytes + bytes <= this.segmentBytes) return active
    if (active) {
      this.#active = undefined
      await active.file.close().catch(() => {})
    }
    this.#lastIndex += 1
    const segment = newSegment(this.#lastIndex, this.nextSequence)
    const file = await this.files.create(segment.name)
    try {
      await this.files.syncDirectory()
    } catch (error) {
      await file.close().catch(() => {})
      await this.remove(segment)
      throw error
    }
    this.segments.push(segment)
    this.#active = { segment, file }
    return this.#active
  }

  async #abandon(segment: Segment, file: SpoolFile, bytes: number): Promise<void> {
    this.#active = undefined
    // Best effort on a disk that just failed: what stays behind is past the segment's end and never read by us.
    await file.truncate(segment.syncedBytes).catch(() => {
      segment.fileBytes = segment.syncedBytes + bytes
    })
    await file.close().catch(() => {})
    if (segment.syncedBytes === 0) await this.remove(segment)
  }
}
