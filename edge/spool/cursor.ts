// How far the spool has been delivered: the sequence of the first record not yet delivered, on disk.
// Two slots, written in turn in place: a write costs one small pwrite and no directory change, a torn one leaves the
// other slot, and no space is needed once the file exists (a full disk must not stop the draining that frees it).
// Losing the last writes only means delivering some records again.

import { crc32c } from '@rtpx/kafka/produce/crc32c'
import { errnoOf, type SpoolFile, type SpoolFiles } from './files.ts'

const NAME = 'cursor'
const SLOT_BYTES = 4096
const ENTRY_BYTES = 16
const MAGIC = 0x01637872

function encode(sequence: number): Buffer {
  const entry = Buffer.alloc(ENTRY_BYTES)
  entry.writeUInt32LE(MAGIC, 0)
  entry.writeBigUInt64LE(BigInt(sequence), 8)
  entry.writeUInt32LE(crc32c(entry, 8), 4)
  return entry
}

function decode(entry: Buffer): number | undefined {
  const whole = entry.readUInt32LE(0) === MAGIC && entry.readUInt32LE(4) === crc32c(entry, 8)
  return whole ? Number(entry.readBigUInt64LE(8)) : undefined
}

export class Cursor {
  #slot = 0

  private constructor(
    private readonly file: SpoolFile,
    /** The position found on disk; undefined when there was none or both slots were damaged. */
    readonly found: number | undefined,
  ) {}

  /** Opens the cursor of a spool directory, creating it when it is missing. */
  static async open(files: SpoolFiles): Promise<Cursor> {
    const file = await files.open(NAME).catch(async (error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error
      const created = await files.create(NAME)
      await files.syncDirectory()
      return created
    })
    const slots = [Buffer.alloc(ENTRY_BYTES), Buffer.alloc(ENTRY_BYTES)] as const
    await file.read(slots[0], 0)
    await file.read(slots[1], SLOT_BYTES)
    const found = slots.map(decode).filter((sequence) => sequence !== undefined)
    return new Cursor(file, found.length > 0 ? Math.max(...found) : undefined)
  }

  /** Writes the position; it survives this process at once, and a power cut after `sync`. */
  async save(sequence: number): Promise<void> {
    await this.file.write(encode(sequence), this.#slot * SLOT_BYTES)
    this.#slot = 1 - this.#slot
  }

  sync(): Promise<void> {
    return this.file.sync()
  }

  close(): Promise<void> {
    return this.file.close()
  }
}
