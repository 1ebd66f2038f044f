/**
 * When the events of a replayed log are said to have happened.
 *
 * - Shifted (the default): the last line is now, and lines keep their distances. The shift of a log's first replay is kept
 *   in the data folder, so that a later replay sends the very same events: an event that comes back with another day
 *   would be another row.
 */
import { mkdir, rename } from 'node:fs/promises'
import { resolve } from 'node:path'
import { clampTime } from '@rtpx/edge/intake/time-window'
import { SetupError } from '../config.ts'
import type { Survey } from './survey.ts'

export type TimeRule = 'shift' | 'keep' | 'now'

export interface TimesOptions {
  readonly rule: TimeRule
  readonly survey: Survey
  /** The clock at the start, and whenever asked; milliseconds since 1970. */
  readonly now: () => number
  /** The shift an earlier replay chose, in milliseconds. */
  readonly earlierShift?: number | undefined
}

/**
 * @returns the shift in use, and a function from logged to sent times; both in milliseconds
 * @throws SetupError when the edge would not believe the times, being older than the history it takes
 */
export function timesOf({ rule, survey, now, earlierShift }: TimesOptions) {
  const start = now()
  const shift = rule === 'shift' ? (earlierShift ?? start - survey.latest) : 0
  const earliest = survey.earliest + shift
  if (rule !== 'now' && survey.requests > 0 && clampTime(earliest, start, true) > earliest)
    throw new SetupError(
      `the log begins ${new Date(earliest).toISOString().slice(0, 10)}, before the history the edge takes${
        rule === 'keep' ? '; without --keep-times its last line is now' : '; --now sends it as live traffic'
      }`,
    )
  return { shift, occurredAt: rule === 'now' ? () => now() : (loggedAt: number) => loggedAt + shift }
}

/** The shift kept from an earlier replay to the same edge and site, or undefined. */
export async function readShift(dataDir: string, id: string): Promise<number | undefined> {
  const kept: unknown = await Bun.file(fileOf(dataDir, id))
    .json()
    .catch(() => undefined)
  const shift = (kept as { shift_ms?: unknown } | undefined)?.shift_ms
  return Number.isSafeInteger(shift) ? (shift as number) : undefined
}

/** Keeps the shift; whole or not at all. */
export async function keepShift(dataDir: string, id: string, shift: number): Promise<void> {
  const file = fileOf(dataDir, id)
  await mkdir(resolve(dataDir, 'replay'), { recursive: true })
  await Bun.write(`${file}.new`, `${JSON.stringify({ shift_ms: shift })}\n`)
  await rename(`${file}.new`, file)
}

function fileOf(dataDir: string, id: string): string {
  return resolve(dataDir, 'replay', `${id}.json`)
}
