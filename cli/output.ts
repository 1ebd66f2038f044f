/** Standard output, written whole and in order. A reader that has gone away is told to the caller, never thrown. */
import { writeSync } from 'node:fs'

const PATIENCE_MS = 1

/** Writes all of it, waiting while the reader is slow. False when the reader is gone. */
export function write(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') return false
      Bun.sleepSync(PATIENCE_MS)
    }
  }
  return true
}

/** Prints a line. False when the reader is gone. */
export const print = (line: string): boolean => write(Buffer.from(`${line}\n`))
