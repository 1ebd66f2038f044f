/** docs/performance.md: the newest results of the bench, with the machine they were measured on, and its plots. */
import { markdownTable } from '../table.ts'
import { pivot } from './pivot.ts'
import { plots } from './plots.ts'
import { type Results, readResults } from './results.ts'

/** The plots' text by their place below docs/. */
export function plotPages(): Record<string, () => string> {
  return Object.fromEntries([...plots()].map(([file, { svg }]) => [`plots/${file}`, () => svg]))
}

/** Rows that only a plot shows. */
const BY_MINUTE = /, minute \d+$/

const sentence = (note: string) => note.charAt(0).toUpperCase() + note.slice(1)

/** The page's text. */
export function performancePage(): string {
  const results = readResults()
  return `# Performance

What \`bun run bench\` measured last. Absolutes are those of the machine named; ratios (in brackets, × the first of the table unless said
otherwise) were taken side by side in the same run and travel better; each bench says what noise there was. This page is written by \`bun run docs\` from \`bench/results/\`.

\`bun run bench\` measures all of it again, \`bun run bench NAME\` one part, \`--quick\` in short runs to see that all is well;
\`--compare\` says what got slower since the results kept here, beyond the noise; \`--help\` says the rest.

## What holds

${bars(results)}

${[...results].map(([name, result]) => section(name, result)).join('\n')}`
}

function bars(results: ReadonlyMap<string, Results>): string {
  const lines = [...results].flatMap(([, { bars = [], measured_at }]) =>
    bars.map((bar) => [...barCells(bar), measured_at.slice(0, 10)]),
  )
  return lines.length > 0
    ? markdownTable(['bench', 'bar', 'measured', '', 'on'], lines)
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
  const bases = basesOf(rows)
  const told = [
    ...notes.map(sentence),
    ...(bases.length > 0 && bases.length < 3 ? [`In brackets, ×: of ${bases.join('; ')}`] : []),
  ]
  const images = [...plots()]
    .filter(([, { bench }]) => bench === name)
    .map(([file, { title }]) => `![${title}](plots/${file})`)
  const tables = pivot(rows.filter(({ case: name }) => !BY_MINUTE.test(name))).map(({ head, lines }) =>
    markdownTable(head, lines),
  )
  return `## \`bun run bench ${name}\`

${measured_at.slice(0, 10)}${took}, ${where}, revision ${machine.revision}.
${told.map((note) => `- ${note}.`).join('\n')}

${[...images, ...tables].join('\n\n')}
`
}

/** The cases that others are compared with, without what is measured of them: the last part of several names. */
function basesOf(rows: Results['rows']): string[] {
  const [subject, measure] = [/, [^,]+$/, /(?<=, )[^,]+$/]
  const ends = Map.groupBy(rows, ({ case: name }) => measure.exec(name)?.[0])
  const bases = rows.flatMap(({ ratio_to }) => {
    if (ratio_to === null) return []
    const isMeasured = (ends.get(measure.exec(ratio_to)?.[0])?.length ?? 0) > 1
    return [isMeasured ? ratio_to.replace(subject, '') : ratio_to]
  })
  return [...new Set(bases)]
}
