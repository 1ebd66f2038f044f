/**
 * A progress bar: one line that redraws itself on a terminal, a line now and then elsewhere (a log, a pipe).
 * It draws when told of progress, so nothing runs between.
 */

export interface ProgressOptions {
  readonly label: string
  /** Absent when there is no end: then there is no bar. */
  readonly total?: number
  /** What is counted, such as `events`. */
  readonly unit: string
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  /** Milliseconds of any steady clock. */
  readonly now: () => number
}

export interface Progress {
  /** Tells that `done` of the total are through; `note` stands behind. */
  update(done: number, note?: string): void
  /** Draws the last state and leaves the line. */
  end(): void
}

const REDRAW_MS = 100
const LINE_EVERY_MS = 5_000
const WIDTH = 24

export function startProgress(options: ProgressOptions): Progress {
  const { isTerminal, write, now } = options
  const started = now()
  let drawn = started
  let last = { done: 0, note: '' }
  const draw = () => {
    drawn = now()
    const line = progressLine(options, last.done, drawn - started, last.note)
    write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`)
  }
  return {
    update(done, note = '') {
      last = { done, note }
      if (now() - drawn >= (isTerminal ? REDRAW_MS : LINE_EVERY_MS)) draw()
    },
    end() {
      draw()
      if (isTerminal) write('\n')
    },
  }
}

/** One state of the bar, such as `replay [████    ]  50 %  5,000 of 10,000 lines  1,200/s  4 s left`. */
export function progressLine(
  { label, total, unit }: Pick<ProgressOptions, 'label' | 'total' | 'unit'>,
  done: number,
  elapsedMs: number,
  note: string,
): string {
  const rate = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0
  const share = total === undefined ? undefined : total > 0 ? Math.min(done / total, 1) : 1
  const counts = total === undefined ? whole(done) : `${whole(done)} of ${whole(total)}`
  return [
    share === undefined
      ? label
      : `${label} [${'█'.repeat(Math.floor(share * WIDTH)).padEnd(WIDTH, '·')}] ${percent(share)} %`,
    `${counts} ${unit}`,
    // Slower than this, a rate says less than the time left.
    ...(rate >= 1 ? [`${rate < 10 ? rate.toFixed(1) : whole(rate)}/s`] : []),
    ...(total !== undefined && done < total && rate > 0 ? [`${duration((total - done) / rate)} left`] : []),
    ...(note === '' ? [] : [note]),
  ].join('  ')
}

const whole = (count: number) => Math.floor(count).toLocaleString('en')
const percent = (share: number) => String(Math.floor(share * 100)).padStart(3)

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}

/** A bar on standard error, where it does not mix with results. */
export function terminalProgress(label: string, unit: string, total?: number): Progress {
  return startProgress({
    label,
    unit,
    ...(total !== undefined && { total }),
    write: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    now: () => performance.now(),
  })
}
