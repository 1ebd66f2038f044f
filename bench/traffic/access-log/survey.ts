/** A first look through a log: how long it is, when it begins and ends, and what tells it from another log. */
import { parseLine } from './parse-line.ts'
import { readLines } from './read-lines.ts'

export interface Survey {
  readonly lines: number
  readonly requests: number
  /** SHA-256 of the first line: stays when lines are added, when the file is moved, or compressed. */
  readonly firstLine: string
  /** Times of the earliest and latest request, milliseconds since 1970; lines need not be in order. */
  readonly earliest: number
  readonly latest: number
}

/** @throws what reading the file throws */
export async function surveyLog(path: string): Promise<Survey> {
  let lines = 0
  let requests = 0
  let firstLine = ''
  let earliest = Number.POSITIVE_INFINITY
  let latest = Number.NEGATIVE_INFINITY
  for await (const { bytes } of readLines(path)) {
    lines += 1
    if (lines === 1)
      firstLine = new Bun.CryptoHasher('sha256').update(bytes ?? new Uint8Array()).digest('hex')
    const request = bytes ? parseLine(bytes) : ''
    if (typeof request === 'string') continue
    requests += 1
    earliest = Math.min(earliest, request.time)
    latest = Math.max(latest, request.time)
  }
  return { lines, requests, firstLine, earliest, latest }
}
