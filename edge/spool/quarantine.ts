// Where bytes go that cannot be delivered: copied, with where they came from, into one bounded file for a person to
// look at. Best effort by design: a full disk must not stop the draining that frees it. Counting is exact regardless.
//
// Each entry is one line of JSON, the copied bytes, and a newline.

import { errnoOf, type SpoolFile, type SpoolFiles } from './files.ts'

const NAME = 'quarantine'
const CHUNK_BYTES = 256 * 1024

export interface QuarantineEntry {
  readonly segment: string
  readonly offset: number
  readonly bytes: number
  readonly records: number
  /** `corrupt`, or the code of the sink error that refused the record. */
  readonly reason: string
  /** Unix ms. */
  readonly at: number
}

export class Quarantine {
  private constructor(
    private readonly files: SpoolFiles,
    private readonly maxBytes: number,
    /** Bytes the file takes. */
    public bytes: number,
  ) {}

  static async open(files: SpoolFiles, maxBytes: number): Promise<Quarantine> {
    const file = (await files.list()).find(({ name }) => name === NAME)
    return new Quarantine(files, maxBytes, file?.bytes ?? 0)
  }

  /** Copies the entry's bytes, as many as there is room for; resolves to whether anything was kept. */
  async keep(entry: QuarantineEntry): Promise<boolean> {
    const room = this.maxBytes - this.bytes
    const head = (copied: number) => Buffer.from(`${JSON.stringify({ ...entry, copied })}\n`)
    const copied = Math.min(entry.bytes, room - head(entry.bytes).length - 1)
    if (copied < 0) return false
    try {
      const target = await this.#openOwn()
      try {
        const end = await this.#copy(entry, head(copied), copied, target)
        await target.sync()
        this.bytes = end
        return true
      } finally {
        await target.close()
      }
    } catch {
      return false
    }
  }

  async #openOwn(): Promise<SpoolFile> {
    return this.files.open(NAME).catch(async (error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error
      this.bytes = 0
      const created = await this.files.create(NAME)
      await this.files.syncDirectory()
      return created
    })
  }

  async #copy(entry: QuarantineEntry, head: Buffer, copied: number, target: SpoolFile): Promise<number> {
    await target.write(head, this.bytes)
    let at = this.bytes + head.length
    if (copied > 0) {
      const source = await this.files.open(entry.segment)
      try {
        for (let done = 0; done < copied; ) {
          const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, copied - done))
          await source.read(chunk, entry.offset + done)
          await target.write(chunk, at)
          done += chunk.length
          at += chunk.length
        }
      } finally {
        await source.close()
      }
    }
    await target.write(Buffer.from('\n'), at)
    return at + 1
  }
}
