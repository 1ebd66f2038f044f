/** Which plots there are, from the results that are kept: file names below docs/plots/ with what each shows. */
import { barPlot, type LinePlot, linePlot, type Series } from './plot.ts'
import { type ResultRow, type Results, readResults } from './results.ts'

export interface Plot {
  readonly bench: string
  readonly title: string
  readonly svg: string
}

type Draw = (rows: readonly ResultRow[]) => string | undefined
type Axes = Pick<LinePlot, 'logarithmic' | 'linear'>

const LOG_Y: Axes = { logarithmic: true }
const LINEAR_X: Axes = { linear: true }
/** Cases that are not by connections, events of a request or workers. */
const NOT_BY = /^(?<name>(?!.*(?:connections?|any core)$).+)$/
const FRESHNESS = /^(?<x>[\d,]+) events\/s, (?<name>(?:in Kafka|\/api\/metrics|open page), p(?:50|99))$/
const QUERIES = /^(?<x>[\d.,]+) million: (?<name>.*(?:day|hour|year|now).*), p50$/

/** Plots whose cases were measured, by file name. */
export function plots(results = readResults()): Map<string, Plot> {
  const made = new Map<string, Plot>()
  const add = (file: string, bench: string, title: string, draw: Draw) => {
    const rows = (results.get(bench) as Results | undefined)?.rows
    const svg = rows && draw(rows)
    if (svg) made.set(file, { bench, title, svg })
  }
  const lines =
    (title: string, x: string, y: string, pattern: RegExp, axes: Axes = {}): Draw =>
    (rows) => {
      const series = seriesOf(rows, pattern)
      return series.length > 0 ? linePlot({ title, x, y, series, ...axes }) : undefined
    }
  const bars =
    (title: string, unit: string, pattern = /^(?<name>.+)$/): Draw =>
    (rows) => {
      const shown = rows.flatMap(({ case: name, value, unit: own }) => {
        const found = own === unit ? pattern.exec(name)?.groups?.name : undefined
        return found ? [{ name: found, value }] : []
      })
      return shown.length > 1 ? barPlot({ title, unit, bars: shown }) : undefined
    }
  const all: [file: string, bench: string, title: string, draw: (title: string) => Draw][] = [
    ['edge-sinks', 'edge', 'Pixels a second on one core', (title) => bars(title, 'pixels/s', NOT_BY)],
    [
      'edge-connections',
      'edge',
      'Pixels a second by connections',
      (title) => lines(title, 'connections', 'pixels/s', /^(?<name>.+), (?<x>[\d,]+) connections?$/),
    ],
    [
      'edge-latency',
      'edge',
      '99 of 100 pixels are answered within',
      (title) => lines(title, 'connections', 'ms', /^(?<name>.+), (?<x>[\d,]+) connections?, p99$/, LOG_Y),
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
      (title) => lines(title, 'events/s', 'ms', FRESHNESS),
    ],
    ['pipeline', 'pipeline', 'Events a second from Kafka into tables', (title) => bars(title, 'events/s')],
    [
      'queries',
      'queries',
      'The overview’s questions by events of a year, p50',
      (title) => lines(title, 'million events', 'ms', QUERIES, LOG_Y),
    ],
    [
      'open-day',
      'open-day',
      'The overview’s questions about an open day',
      (title) => bars(title, 'ms', /^(?<name>.+, p(?:50|95))$/),
    ],
    ['page-paint', 'page', 'Largest paint', (title) => bars(title, 'ms', /^(?<name>.+), largest paint$/)],
    ['page-main', 'page', 'Main thread', (title) => bars(title, 'ms', /^(?<name>.+), main thread$/)],
    ['page-script', 'page', 'JavaScript', (title) => bars(title, 'KB', /^(?<name>.+), JavaScript$/)],
    ['overview', 'overview', 'The overview over a year of 100 million events', (title) => bars(title, 'ms')],
    ['start', 'start', 'From the command to the first pixel', (title) => bars(title, 's')],
    ['storage', 'storage', 'Room of an event', (title) => bars(title, 'bytes/event')],
    ['tracker', 'tracker', 'CPU time of the page’s main thread', (title) => bars(title, 'ms')],
    ['watchers', 'watchers', 'Ten thousand open pages', (title) => bars(title, 'ms')],
    [
      'faults',
      'faults',
      'From the end of a fault until all is well',
      (title) => bars(title, 's', /^(?<name>.+), recovery$/),
    ],
    [
      'whole',
      'whole',
      'From the end of a fault until an event gets through, p50',
      (title) => bars(title, 's', /^(?<name>.+), well again, p50$/),
    ],
    [
      'soak-memory',
      'soak',
      'Memory of the edge',
      (title) => lines(title, 'minutes', 'MiB', /^(?<name>RSS), minute (?<x>\d+)$/, LINEAR_X),
    ],
    [
      'soak-answers',
      'soak',
      'Answers of the edge',
      (title) => lines(title, 'minutes', 'ms', /^(?<name>p50|p99), minute (?<x>\d+)$/, LINEAR_X),
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
