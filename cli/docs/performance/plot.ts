/**
 * Plots as SVG text: lines or bars. Axes carry their units, each series its name at its end; ink is `currentColor`,
 * light or dark as the reader's system is, also where the file stands in an <img>.
 */

export interface Series {
  readonly name: string
  /** By ascending x; both above 0. */
  readonly points: readonly (readonly [number, number])[]
}

export interface LinePlot {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly series: readonly Series[]
  /** Whether y is logarithmic; else it begins at 0. */
  readonly logarithmic?: boolean
  /** Whether x begins at 0, with round ticks; else it is logarithmic, with a tick at each point. */
  readonly linear?: boolean
}

export interface BarPlot {
  readonly title: string
  readonly unit: string
  readonly bars: readonly { readonly name: string; readonly value: number }[]
}

/** Okabe and Ito's, those that are seen on white and on black. */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9']
const WIDTH = 720
const HEIGHT = 320
/** More points than this are a curve without dots. */
const MANY = 20
/** About what a letter takes. */
const LETTER = 6.7
const BOX = { left: 72, right: 540, top: 60, bottom: 268 }

type Scale = (value: number) => number

/** @throws RangeError without a point */
export function linePlot({ title, x, y, series, logarithmic = false, linear = false }: LinePlot): string {
  const xs = series.flatMap(({ points }) => points.map(([at]) => at))
  const ys = series.flatMap(({ points }) => points.map(([, at]) => at))
  if (xs.length === 0) throw new RangeError('no points')
  const xTicks = linear ? steps(Math.max(...xs)) : [...new Set(xs)].sort((a, b) => a - b)
  const xScale = linear
    ? linearScale(xTicks.at(-1) ?? 1, BOX.left, BOX.right)
    : logScale(Math.min(...xs), Math.max(...xs), BOX.left, BOX.right)
  const yTicks = logarithmic ? decades(Math.min(...ys), Math.max(...ys)) : steps(Math.max(...ys))
  const [low = 0, high = 1] = [yTicks.at(0), yTicks.at(-1)]
  const yScale = logarithmic
    ? logScale(low, high, BOX.bottom, BOX.top)
    : linearScale(high, BOX.bottom, BOX.top)
  const ends = spread(series.map(({ points }) => yScale(points.at(-1)?.[1] ?? low)))
  const lines = series.map(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length]
    // More series than colours: the second round of them is dashed.
    const dashes = index < COLOURS.length ? '' : ' stroke-dasharray="6 3"'
    const path = points.map(([a, b]) => `${round(xScale(a))},${round(yScale(b))}`)
    const dots = (points.length > MANY ? [] : path).map((point) => {
      const [cx, cy] = point.split(',')
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`
    })
    const last = points.at(-1)?.[0] ?? 0
    const label = text(name, { x: xScale(last) + 10, y: (ends[index] ?? 0) + 4, fill: colour })
    return `<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"${dashes}/>${dots.join('')}${label}`
  })
  const longest = Math.max(...series.map(({ name }) => name.length))
  const width = Math.max(WIDTH, BOX.right + 24 + longest * LETTER)
  return svg(title, HEIGHT, width, [
    ...yTicks.map((tick) => grid(yScale(tick), tick)),
    ...xTicks.map((tick) =>
      text(tick < 10_000 ? tick.toLocaleString('en') : short(tick), {
        x: xScale(tick),
        y: BOX.bottom + 18,
        anchor: 'middle',
      }),
    ),
    text(y, { x: 16, y: BOX.top - 16 }),
    text(x, { x: (BOX.left + BOX.right) / 2, y: BOX.bottom + 38, anchor: 'middle' }),
    ...lines,
  ])
}

export function barPlot({ title, unit, bars }: BarPlot): string {
  const rowHeight = 24
  const longest = Math.max(...bars.map(({ name }) => name.length))
  const [left, right] = [Math.min(Math.max(24 + longest * LETTER, 120), 400), WIDTH - 120]
  const scale = linearScale(Math.max(...bars.map(({ value }) => value)) || 1, left, right)
  const rows = bars.map(({ name, value }, index) => {
    const y = 44 + index * rowHeight
    const end = scale(value)
    return [
      text(name, { x: left - 8, y: y + 14, anchor: 'end' }),
      `<rect x="${left}" y="${y}" width="${round(end - left)}" height="18" fill="${COLOURS[0]}"/>`,
      text(`${short(value)} ${unit}`, { x: end + 6, y: y + 14 }),
    ].join('')
  })
  return svg(title, 56 + bars.length * rowHeight, WIDTH, rows)
}

function svg(title: string, height: number, atLeast: number, parts: readonly string[]): string {
  const width = Math.ceil(atLeast)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="12">
<style>svg{color:#24292f}@media(prefers-color-scheme:dark){svg{color:#d0d7de}}</style>
${[`<text x="16" y="20" fill="currentColor" font-weight="600">${escaped(title)}</text>`, ...parts].join('\n')}
</svg>
`
}

interface At {
  readonly x: number
  readonly y: number
  readonly anchor?: 'middle' | 'end'
  readonly fill?: string | undefined
}

function text(content: string, { x, y, anchor, fill = 'currentColor' }: At): string {
  const side = anchor ? ` text-anchor="${anchor}"` : ''
  return `<text x="${round(x)}" y="${round(y)}" fill="${fill}"${side}>${escaped(content)}</text>`
}

function grid(y: number, value: number): string {
  const line = `<line x1="${BOX.left}" x2="${BOX.right}" y1="${round(y)}" y2="${round(y)}" stroke="currentColor" opacity="0.15"/>`
  return line + text(short(value), { x: BOX.left - 8, y: y + 4, anchor: 'end' })
}

const linearScale =
  (high: number, from: number, to: number): Scale =>
  (value) =>
    from + ((to - from) * value) / high

function logScale(low: number, high: number, from: number, to: number): Scale {
  const span = Math.log(high / low)
  return (value) => (span === 0 ? (from + to) / 2 : from + ((to - from) * Math.log(value / low)) / span)
}

/** Powers of ten around the values. */
export function decades(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low))
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)))
  return Array.from({ length: last - first + 1 }, (_, at) => Number(`1e${first + at}`))
}

/** From 0 to above the highest, in four to eight round steps. */
export function steps(high: number): number[] {
  const power = 10 ** Math.floor(Math.log10(high))
  const step = ([0.2, 0.5, 1, 2].find((part) => high / (part * power) <= 6) ?? 2) * power
  return Array.from({ length: Math.ceil(high / step) + 1 }, (_, at) => Number((at * step).toPrecision(12)))
}

/** Moves labels apart that would cover each other, keeping their order. */
export function spread(places: readonly number[], apart = 15): number[] {
  const order = places.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place)
  let before = Number.NEGATIVE_INFINITY
  for (const one of order) before = one.place = Math.max(one.place, before + apart)
  return order.sort((a, b) => a.index - b.index).map(({ place }) => place)
}

const round = (value: number) => Number(value.toFixed(1))
const escaped = (value: string) =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
const short = (value: number) => SHORT.format(value)
