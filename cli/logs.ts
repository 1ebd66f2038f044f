/**
 * The parts' logs, `<RTPX_DATA>/logs/<part>.log`. A part writes to its file itself, so it outlives the supervisor; each
 * file is kept below a size by moving its content to `<part>.log.1` and cutting it to nothing.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { join } from 'node:path'

const MAX_BYTES = 10 * 1024 ** 2

export const logFolder = (dataDir: string) => join(dataDir, 'logs')
export const logFile = (dataDir: string, name: string) => join(logFolder(dataDir), `${name}.log`)

/** Opens a log to append to, for a process's output. The caller closes it. */
export function openLog(path: string): number {
  mkdirSync(join(path, '..'), { recursive: true })
  boundLog(path)
  return openSync(path, 'a')
}

/** Keeps the last `maxBytes` or more of a log in two files. Writers append, so they go on at its new start. */
export function boundLog(path: string, maxBytes = MAX_BYTES): void {
  if (!existsSync(path) || statSync(path).size <= maxBytes) return
  copyFileSync(path, `${path}.1`)
  truncateSync(path)
}

/** The size of a log now; 0 when there is none. */
export const logSize = (path: string) => (existsSync(path) ? statSync(path).size : 0)

/** What was written from `offset` on (at most the last MiB), as lines. */
export function linesFrom(path: string, offset: number): { lines: string[]; end: number } {
  const size = logSize(path)
  const from = Math.max(offset > size ? 0 : offset, size - 1024 ** 2)
  if (from === size) return { lines: [], end: size }
  const bytes = Buffer.alloc(size - from)
  const file = openSync(path, 'r')
  try {
    const length = readSync(file, bytes, 0, bytes.length, from)
    const text = bytes.subarray(0, length)
    const complete = text.lastIndexOf(10) + 1
    if (complete === 0) return { lines: [], end: from }
    return { lines: text.subarray(0, complete).toString().split('\n').slice(0, -1), end: from + complete }
  } finally {
    closeSync(file)
  }
}

/** The last lines of a log that were written from `offset` on, an unfinished one included. */
export function lastLines(path: string, count: number, offset = 0): string[] {
  const { lines, end } = linesFrom(path, offset)
  const rest = logSize(path) - end
  if (rest <= 0 || rest > 65_536) return lines.slice(-count)
  const bytes = Buffer.alloc(rest)
  const file = openSync(path, 'r')
  try {
    return [...lines, bytes.subarray(0, readSync(file, bytes, 0, rest, end)).toString()].slice(-count)
  } finally {
    closeSync(file)
  }
}
