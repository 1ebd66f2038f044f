/** docs/performance.md: the newest results of the bench, with the machine they were measured on. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownTable } from './table.ts'

const RESULTS = join(import.meta.dir, '../../bench/results')

/** A file of results, as the bench writes it. */
interface Results {
  readonly measured_at: string
  readonly machine: {
    cpu: string
    cores: number
    memory_gib: number
    kernel: string
    bun: string
    revision: string
  }
  readonly notes: readonly string[]
  readonly rows: readonly {
    case: string
    value: number
    unit: string
    ratio_to: string | null
    ratio: number | null
  }[]
}

/** The page's text. */
export function performancePage(): string {
  const names = readdirSync(RESULTS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
  return `# Performance

What \`bun run bench\` measured last, each table by the command above it. Absolutes are those of the machine named; ratios, taken side by
side in the same run, travel better. This page is written by \`bun run docs\` from \`bench/results/\`.

${names.map(section).join('\n')}`
}

function section(name: string): string {
  const { measured_at, machine, notes, rows } = JSON.parse(
    readFileSync(join(RESULTS, `${name}.json`), 'utf8'),
  ) as Results
  const lines = rows.map(({ case: what, value, unit, ratio, ratio_to }) => [
    what,
    `${value.toLocaleString('en', { maximumFractionDigits: 2 })} ${unit}`,
    ratio === null || ratio_to === null ? '' : `${ratio.toFixed(2)} × ${ratio_to}`,
  ])
  const where = `${machine.cores} cores of ${machine.cpu}, ${machine.memory_gib} GiB, Bun ${machine.bun}`
  return `## \`bun run bench ${name}\`

${measured_at.slice(0, 10)}, ${where}, revision ${machine.revision}. ${notes.map((note) => `${note}.`).join(' ')}

${markdownTable(['case', 'value', 'ratio'], lines)}
`
}
