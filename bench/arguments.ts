/** What `bun run bench` is asked for. */
import { parseArgs } from 'node:util'

export interface Arguments {
  /** Names of benches; empty: all. */
  readonly names: readonly string[]
  readonly quick: boolean
  readonly help: boolean
  /** Folder of the results; absent: nothing is kept. */
  readonly out?: string
  /** Sizes, in events, of benches that have some. */
  readonly events?: readonly number[]
  /** Closed days as their counts alone. */
  readonly counts: boolean
  /** Compare with the revision of the kept results, or with this one. */
  readonly compare: boolean
  readonly against?: string
  readonly pairs: number
}

export const OPTIONS = `  --quick          short runs, each within a minute, shown but not kept: to see that all is well
  --out FOLDER     keep the results there instead of bench/results (also of quick runs)
  --events 1m,100m years of so many events for \`queries\`; every question is asked of each (100m: most of an hour)
  --counts         closed days of those as their counts alone, for the overview's questions: in minutes
  --compare        what got slower since the kept results: their revision and this one, in turn
  --against REV    compare with this revision instead
  --pairs N        how often both are measured for it (5; fewer are quicker, and take chance for a change more often)
`

/** @param results where results are kept unless told otherwise. @throws with one line for a person */
export function readArguments(argv: readonly string[], results: string): Arguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      out: { type: 'string' },
      events: { type: 'string' },
      counts: { type: 'boolean', default: false },
      compare: { type: 'boolean', default: false },
      against: { type: 'string' },
      pairs: { type: 'string', default: '5' },
    },
  })
  const out = values.out ?? (values.quick ? undefined : results)
  const pairs = Number(values.pairs)
  if (!Number.isSafeInteger(pairs) || pairs < 3) throw new Error('--pairs must be a whole number from 3')
  return {
    names: positionals,
    quick: values.quick,
    help: values.help,
    ...(out !== undefined && { out }),
    ...(values.events !== undefined && { events: readSizes(values.events) }),
    counts: values.counts,
    compare: values.compare || values.against !== undefined,
    ...(values.against !== undefined && { against: values.against }),
    pairs,
  }
}

const FACTORS = { '': 1, k: 1_000, m: 1_000_000 } as const

/** `1m,10m` as numbers, ascending. @throws when one is none */
export function readSizes(text: string): number[] {
  return text
    .split(',')
    .map((size) => {
      const [, digits, factor = ''] = /^(\d+)([km]?)$/.exec(size.trim()) ?? []
      if (digits === undefined) throw new Error(`--events: ${size} is no size such as 500k or 10m`)
      return Number(digits) * FACTORS[factor as keyof typeof FACTORS]
    })
    .sort((a, b) => a - b)
}
