// Reads the records of one file in order and finds its way again after damage: a torn tail, flipped bits, zeroed or
// unreadable pages, a file shorter than it should be. Every byte of [from, end) is in exactly one found record or one
// found damaged stretch. Holds one window of the file in memory, grown only to fit a single record.

import { errnoOf, type SpoolFile } from './files.ts'
import { decodeRecord, findMagic, type StoredRecord } from './record.ts'

export type Found =
  | { readonly kind: 'record'; readonly record: StoredRecord; readonly offset: number; readonly end: number }
  | { readonly kind: 'damage'; readonly offset: number; readonly end: number }

const WINDOW_BYTES = 1024 * 1024
const PAGE_BYTES = 4096

/** Reads [from, from + bytes); what a failing disk does not give is left zero, and found as damage by the checksum. */
async function readWindow(file: SpoolFile, from: number, bytes: number): Promise<Buffer> {
  const window = Buffer.alloc(bytes)
  try {
    await file.read(window, from)
  } catch (error) {
    if (errnoOf(error) !== 'EIO') throw error
    for (let at = 0; at < bytes; at += PAGE_BYTES) {
      await file.read(window.subarray(at, at + PAGE_BYTES), from + at).catch((pageError: unknown) => {
        if (errnoOf(pageError) !== 'EIO') throw pageError
        window.fill(0, at, at + PAGE_BYTES)
      })
    }
  }
  return window
}

/** Yields what lies in [from, end) of a file, in order; throws only when the file cannot be read at all. */
export async function* scan(file: SpoolFile, from: number, end: number): AsyncGenerator<Found, void> {
  let window: Buffer = Buffer.alloc(0)
  let base = from
  let at = from
  let damageAt: number | undefined

  while (at < end) {
    const decoded = decodeRecord(window, at - base)
    if (decoded.kind === 'record') {
      if (damageAt !== undefined) yield { kind: 'damage', offset: damageAt, end: at }
      damageAt = undefined
      const { record } = decoded
      yield { kind: 'record', record, offset: at, end: at + record.bytes }
      at += record.bytes
    } else if (decoded.kind === 'short' && at + decoded.needed <= end) {
      base = at
      window = await readWindow(file, at, Math.min(end - at, Math.max(decoded.needed, WINDOW_BYTES)))
    } else {
      damageAt ??= at
      const next = findMagic(window, at + 1 - base)
      // A magic may straddle the window's end: its last three bytes are looked at again.
      at = next >= 0 ? base + next : Math.max(at + 1, base + window.length - 3)
    }
  }
  if (damageAt !== undefined) yield { kind: 'damage', offset: damageAt, end }
}
