/** The command line of `demo`. */
import { parseArgs } from 'node:util'
import { SetupError } from './config.ts'

export const DEMO_HELP = `bun run demo [options]

Sends believable player traffic: banners of different quality, evenings and weekends, players who come back,
pixels that fire twice, a few built wrong, and a campaign that breaks for a day. The past goes as a server's
batches; then, until Ctrl-C, live traffic goes as browsers' pixels.

  --days <n>       past days (default: 30)
  --players <n>    new players on an average past day (default: 600)
  --rate <n>       live pixels a second (default: 5)
  --seed <n>       another seed, other traffic (default: 1)
  --history-only   the past, then end
  --live-only      live traffic only
  --edge <url>     the edge (default: EDGE_URL, else http://127.0.0.1:8787)
  --help           this text

The past follows from the seed and the calendar, event ids included: run it again, today or next week, and what
is already there does not count twice; what has become past since is added.

Exit code 0: the edge took every good event and refused every bad one.
`

export interface DemoArguments {
  readonly days: number
  readonly players: number
  readonly rate: number
  readonly seed: number
  readonly history: boolean
  readonly live: boolean
  readonly edge: string | undefined
}

/** @returns undefined when help is asked for. @throws SetupError with one line for a person */
export function demoArguments(argv: readonly string[]): DemoArguments | undefined {
  const values = parse(argv)
  if (values.help) return undefined
  if (values['history-only'] && values['live-only'])
    throw new SetupError('--history-only and --live-only exclude each other')
  const number = (name: 'days' | 'players' | 'rate' | 'seed', low: number, high: number, isWhole = true) => {
    const value = Number(values[name])
    if (!(value >= low && value <= high) || (isWhole && !Number.isInteger(value)))
      throw new SetupError(`--${name} is a ${isWhole ? 'whole ' : ''}number from ${low} to ${high}`)
    return value
  }
  return {
    days: number('days', 1, 1_000),
    players: number('players', 1, 1_000_000),
    rate: number('rate', 0.01, 1_000, false),
    seed: number('seed', 0, Number.MAX_SAFE_INTEGER),
    history: !values['live-only'],
    live: !values['history-only'],
    edge: values.edge,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        days: { type: 'string', default: '30' },
        players: { type: 'string', default: '600' },
        rate: { type: 'string', default: '5' },
        seed: { type: 'string', default: '1' },
        'history-only': { type: 'boolean', default: false },
        'live-only': { type: 'boolean', default: false },
        edge: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new SetupError((error as Error).message.replaceAll('\n', ' '))
  }
}
