/** What `up` prints: one line a part with its time, readable on a terminal and in a log file. */

export interface Progress {
  /** A part or step is done, `since` being performance.now() at its start. */
  done(title: string, what: string, since: number): void
  /** A part or step that takes long has begun. */
  begun(title: string, what: string): void
  /** Something to know. */
  note(line: string): void
}

export const silent: Progress = { done() {}, begun() {}, note() {} }

type Environment = Readonly<Record<string, string | undefined>>

/** Whether to colour what goes to this stream (no-color.org). */
export const colours = (stream: { isTTY?: boolean }, env: Environment): boolean =>
  Boolean(stream.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb'

const TITLE_WIDTH = 12
const WHAT_WIDTH = 40

/** Progress as lines of text. */
export function textProgress(print: (line: string) => unknown, coloured: boolean): Progress {
  const paint = (code: number, text: string) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text)
  return {
    done(title, what, since) {
      const seconds = `${((performance.now() - since) / 1000).toFixed(1)} s`
      print(
        `${paint(32, title.padEnd(TITLE_WIDTH))} ${what.padEnd(WHAT_WIDTH)} ${paint(2, seconds.padStart(7))}`,
      )
    },
    begun: (title, what) => print(`${title.padEnd(TITLE_WIDTH)} ${paint(2, `${what} …`)}`),
    note: (line) => print(paint(33, line)),
  }
}
