/** Which plots there are, from the results that are kept: file names below docs/plots/ with what each shows. */
import { barPlot, linePlot, type Series } from './plot.ts'
import { type ResultRow, type Results, readResults } from './results.ts'

export interface Plot {
  readonly bench: string
  readonly title: string
  readonly svg: string
}

/** Plots whose cases were measured, by file name. */
export function plots(results = readResults()): Map<string, Plot> {
  const made = new Map<string, Plot>()
  const add = (
    file: string,
    bench: string,
    title: string,
    draw: (rows: readonly ResultRow[]) => string | undefined,
  ) => {
    const rows = (results.get(bench) as Results | undefined)?.rows
    const svg = rows && draw(rows)
    if (svg) made.set(file, { bench, title, svg })
  }
  const lines =
    (title: string, x: string, y: string, pattern: RegExp, logarithmic = false) =>
    (rows: readonly ResultRow[]) => {
      const series = seriesOf(rows, pattern)
      return series.length > 0 ? linePlot({ title, x, y, series, logarithmic }) : undefined
    }
  const bars = (title: string, unit: string, without: RegExp) => (rows: readonly ResultRow[]) => {
    const shown = rows.filter((row) => row.unit === unit && !without.test(row.case))
    return shown.length > 1
      ? barPlot({ title, unit, bars: shown.map(({ case: name, value }) => ({ name, value })) })
      : undefined
  }
  const all: [
    string,
    string,
    string,
    (title: string) => (rows: readonly ResultRow[]) => string | undefined,
  ][] = [
    [
      'edge-sinks',
      'edge',
      'Pixels a second on one core',
      (title) => bars(title, 'pixels/s', /connections|any core/),
    ],
    [
      'edge-connections',
      'edge',
      'Pixels a second by connections',
      (title) => lines(title, 'connections', 'pixels/s', /^(?<name>.+), (?<x>[\d,]+) connections$/),
    ],
    [
      'edge-latency',
      'edge',
      '99 of 100 pixels are answered within',
      (title) => lines(title, 'connections', 'ms', /^(?<name>.+), (?<x>[\d,]+) connections, p99$/, true),
    ],
    [
      'edge-batches',
      'edge',
      'Events a second by events of a request',
      (title) => lines(title, 'events of a request', 'events/s', /^(?<name>.+), (?<x>[\d,]+) a request$/),
    ],
    [
      'freshness',
      'freshness',
      'From a pixel to the number, by other traffic',
      (title) =>
        lines(
          title,
          'events/s',
          'ms',
          /^(?<x>[\d,]+) events\/s, (?<name>(?:in Kafka|\/api\/metrics|open page), p(?:50|99))$/,
        ),
    ],
    [
      'pipeline',
      'pipeline',
      'Events a second from Kafka into tables',
      (title) => bars(title, 'events/s', /^$/),
    ],
    [
      'queries',
      'queries',
      'The overview’s questions by events of a year, p50',
      (title) =>
        lines(
          title,
          'million events',
          'ms',
          /^(?<x>[\d.,]+) million: (?<name>.*(?:day|hour|year|now).*), p50$/,
          true,
        ),
    ],
  ]
  for (const [file, bench, title, draw] of all) add(`${file}.svg`, bench, title, draw(title))
  return made
}

/** Series of the cases that match, by the pattern's `name` and `x`. Those of one point are left out. */
function seriesOf(rows: readonly ResultRow[], pattern: RegExp): Series[] {
  const found = rows.flatMap((row) => {
    const { name, x } = pattern.exec(row.case)?.groups ?? {}
    return name && x ? [{ name, point: [Number(x.replaceAll(',', '')), row.value] as const }] : []
  })
  return [...Map.groupBy(found, ({ name }) => name)]
    .map(([name, list]) => ({ name, points: list.map(({ point }) => point).sort(([a], [b]) => a - b) }))
    .filter(({ points }) => points.length > 1)
}
