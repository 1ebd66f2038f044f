/** The command line of `replay`. */
import { parseArgs } from 'node:util'
import type { TimeRule } from './access-log/times.ts'
import { SetupError } from './config.ts'

export const REPLAY_HELP = `bun run replay <file> [options]

Sends an access log (combined or common format, plain or gzip) through the edge: each request is a page_view
with the path, referrer, user agent and address of the log.

  --speed <n>      n times the log's own time, or max (default: max)
  --edge <url>     the edge (default: EDGE_URL, else http://127.0.0.1:8787)
  --site <key>     the site the events belong to (default: default)
  --domain <host>  host name of the pages; a log does not know it
  --again          send as new traffic: fresh event ids
  --keep-times     events happened when the log says, at most five years ago
  --now            events happen while they are sent; implies --again
  --help           this text

Times: an edge believes servers five years back, and a demo wants to look at today, so by default all times are
shifted by the same amount and the last line is now. The shift is kept in the data folder for the next replay.

Counting: every line has its own event id, which follows from the log and the line, so a second replay of the
same file changes no number: each line counts once. Lines that are no requests are listed and left out.

Exit code 0: every line was accepted, or listed as unreadable or rejected. 1: something was not delivered, or
nothing was accepted.
`

export interface ReplayArguments {
  readonly file: string
  readonly speed: number
  readonly edge: string | undefined
  readonly site: string
  readonly domain: string
  readonly again: boolean
  readonly times: TimeRule
}

/** @returns undefined when help is asked for. @throws SetupError with one line for a person */
export function replayArguments(argv: readonly string[]): ReplayArguments | undefined {
  const { values, positionals } = parse(argv)
  if (values.help) return undefined
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new SetupError('name one file: bun run replay <file>; --help tells more')
  if (values.now && values['keep-times']) throw new SetupError('--now and --keep-times exclude each other')
  const speed = values.speed === 'max' ? Number.POSITIVE_INFINITY : Number(values.speed)
  if (!(speed > 0)) throw new SetupError('--speed is a multiple of the log’s time, such as 100, or max')
  return {
    file,
    speed,
    edge: values.edge,
    site: values.site,
    domain: values.domain.toLowerCase(),
    again: values.again || values.now,
    times: values.now ? 'now' : values['keep-times'] ? 'keep' : 'shift',
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        speed: { type: 'string', default: 'max' },
        edge: { type: 'string' },
        site: { type: 'string', default: 'default' },
        domain: { type: 'string', default: '' },
        again: { type: 'boolean', default: false },
        'keep-times': { type: 'boolean', default: false },
        now: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new SetupError((error as Error).message.replaceAll('\n', ' '))
  }
}
