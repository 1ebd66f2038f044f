/**
 * A whole result before its first byte is sent (`wait_end_of_query`): the beginning in memory, the rest in a file that has
 * no name any more, so that nothing stays behind however the process ends.
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import type { Source } from './result-stream.ts'

const READ_BYTES = 256 * 1024

/** Reads a source to its end. The source it returns gives all of it again, from the end of `head` on. */
export async function spool(source: Source, path: string): Promise<Source> {
  const file = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  let open = true
  const close = () => {
    if (open) closeSync(file)
    open = false
  }
  try {
    for (let piece = await source.read(); piece; piece = await source.read())
      for (let at = 0; at < piece.byteLength; ) at += writeSync(file, piece, at)
  } catch (error) {
    close()
    await source.stop()
    throw error
  }
  let position = 0
  return {
    read: async () => {
      if (!open) return undefined
      const piece = Buffer.allocUnsafe(READ_BYTES)
      const bytes = readSync(file, piece, 0, READ_BYTES, position)
      position += bytes
      if (bytes === 0) close()
      return bytes === 0 ? undefined : piece.subarray(0, bytes)
    },
    failure: source.failure,
    stop: async () => close(),
  }
}
