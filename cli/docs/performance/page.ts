/** docs/performance.md: the newest results of the bench, with the machine they were measured on, and its plots. */
import { markdownTable } from '../table.ts'
import { pivot } from './pivot.ts'
import { plots } from './plots.ts'
import { type Results, readResults } from './results.ts'

/** The plots' text by their place below docs/. */
export function plotPages(): Record<string, () => string> {
  return Object.fromEntries([...plots()].map(([file, { svg }]) => [`plots/${file}`, () => svg]))
}

/** The page's text. */
export function performancePage(): string {
  const results = readResults()
  return `# Performance

What \`bun run bench\` measured last. Absolutes are those of the machine named; ratios (in brackets, × the first of the table unless said
otherwise) were taken side by side in the same run and travel better. This page is written by \`bun run docs\` from \`bench/results/\`.

\`bun run bench\` measures all of it again, \`bun run bench NAME\` one part, \`--quick\` in short runs to see that all is well;
\`--compare\` says what got slower since the results kept here, beyond the noise; \`--help\` says the rest.

## What holds

${bars(results)}

${[...results].map(([name, result]) => section(name, result)).join('\n')}`
}

function bars(results: ReadonlyMap<string, Results>): string {
  const lines = [...results].flatMap(([, { bars = [] }]) => bars).map(barCells)
  return lines.length > 0
    ? markdownTable(
        ['bench', 'bar', 'measured', ''],
        lines.map((cells) => [...cells]),
      )
    : 'The results kept here are from before bars were kept with them.'
}

/** `holds: edge, the case ≥ 5 pixels/s: 6` as cells. */
function barCells(line: string): readonly string[] {
  const [, verdict = '', bench = '', bar = '', value = ''] =
    /^([^:]+): ([^,]+), (.*): ([^:]+)$/.exec(line) ?? []
  return [bench, bar, value, verdict === 'holds' ? 'holds' : '**does not hold**']
}

function section(name: string, { measured_at, machine, seconds, notes, rows }: Results): string {
  const where = `${machine.cores} cores of ${machine.cpu}, ${machine.memory_gib} GiB, Bun ${machine.bun}`
  const took =
    seconds === undefined ? '' : `, in ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}`
  const bases = [
    ...new Set(rows.flatMap(({ ratio_to }) => (ratio_to ? [ratio_to.replace(/, [^,]+$/, '')] : []))),
  ]
  const told = [...notes, ...(bases.length > 0 && bases.length < 3 ? [`×: of ${bases.join('; ')}`] : [])]
  const images = [...plots()]
    .filter(([, { bench }]) => bench === name)
    .map(([file, { title }]) => `![${title}](plots/${file})`)
  const tables = pivot(rows).map(({ head, lines }) => markdownTable(head, lines))
  return `## \`bun run bench ${name}\`

${measured_at.slice(0, 10)}${took}, ${where}, revision ${machine.revision}.
${told.map((note) => `${note}.`).join(' ')}

${[...images, ...tables].join('\n\n')}
`
}
