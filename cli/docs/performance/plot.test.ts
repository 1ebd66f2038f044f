import { expect, test } from 'bun:test'
import { pivot } from './pivot.ts'
import { barPlot, decades, linePlot, spread, steps } from './plot.ts'

const row = (name: string, value: number, unit: string, ratio: number | null = null) => ({
  case: name,
  value,
  unit,
  ratio_to: ratio === null ? null : 'base',
  ratio,
})

test('a plot has its axes with units, its series with their names, and no colour of ink of its own', () => {
  const svg = linePlot({
    title: 'By <connections>',
    x: 'connections',
    y: 'pixels/s',
    series: [
      {
        name: 'edge',
        points: [
          [1, 500],
          [1_000, 60_000],
        ],
      },
    ],
  })
  for (const part of [
    'By &lt;connections>',
    '>connections<',
    '>pixels/s<',
    '>edge<',
    '>60K<',
    '>1,000<',
    'currentColor',
  ])
    expect(svg).toContain(part)
  expect(svg).not.toContain('NaN')
  expect(barPlot({ title: 'Bars', unit: 'ms', bars: [{ name: 'a', value: 3 }] })).toContain('>3 ms<')
})

test('ticks are round, labels apart', () => {
  expect(decades(3, 450)).toEqual([1, 10, 100, 1_000])
  expect(steps(65_540)).toEqual([0, 20_000, 40_000, 60_000, 80_000])
  expect(spread([100, 20, 102], 15)).toEqual([100, 20, 115])
})

test('cases become lines and columns', () => {
  const rows = [
    row('nginx', 100_000, 'pixels/s'),
    row('nginx, p50', 4.5, 'ms'),
    row('edge, Kafka', 65_540, 'pixels/s', 0.655),
    row('edge, Kafka, p50', 13.7, 'ms', 3.04),
  ]
  expect(pivot(rows)).toEqual([
    {
      head: ['', 'pixels/s', 'p50, ms'],
      lines: [
        ['nginx', '100,000', '4.5'],
        ['edge, Kafka', '65,540 (0.66 ×)', '13.7 (3.04 ×)'],
      ],
    },
  ])
  expect(pivot([row('lost', 0, 'events'), row('faults', 64, 'faults')])).toEqual([
    {
      head: ['', 'value'],
      lines: [
        ['lost', '0 events'],
        ['faults', '64 faults'],
      ],
    },
  ])
  expect(
    pivot([
      row('nginx', 9, 'pixels/s'),
      row('nginx, 1 connection', 1, 'pixels/s'),
      row('nginx, 16 connections', 5, 'pixels/s'),
      row('nginx, 1 a request', 2, 'pixels/s'),
    ]).map(({ lines }) => lines.length),
  ).toEqual([1, 2, 1])
  expect(
    pivot([
      row('1 million: today, p50', 5, 'ms'),
      row('10 million: today, p50', 6, 'ms'),
      row('1 million: days, p50', 7, 'ms'),
    ])[0],
  ).toEqual({
    head: ['', '1 million: p50, ms', '10 million: p50, ms'],
    lines: [
      ['today', '5', '6'],
      ['days', '7', ''],
    ],
  })
})
