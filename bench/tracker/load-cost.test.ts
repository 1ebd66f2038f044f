import { expect, test } from 'bun:test'
import type { TraceEvent } from './devtools.ts'
import { loadCost } from './load-cost.ts'

const PAGE = 'http://site.test/'
const span = (name: string, ts: number, dur: number, tdur: number, rest: Partial<TraceEvent> = {}) => ({
  ...{ name, ph: 'X', pid: 1, tid: 2, ts, dur, tdur, args: { data: { url: 'http://edge.test/rtpx.js?1' } } },
  ...rest,
})
const TRACE: TraceEvent[] = [
  { ...span('navigationStart', 100, 0, 0), ph: 'R', args: { data: { documentLoaderURL: PAGE } } },
  span('RunTask', 50, 20, 9_000),
  { ...span('loadEventEnd', 320, 0, 0), ph: 'R', args: {} },
  span('RunTask', 310, 30, 0),
  span('FunctionCall', 325, 5, 250),
  span('FunctionCall', 420, 50, 200),
  span('RunTask', 400, 100, 2_000),
  span('FunctionCall', 410, 80, 1_500),
  span('RunTask', 200, 100, 3_000),
  span('EvaluateScript', 210, 50, 1_000),
  span('EvaluateScript', 280, 5, 500, { args: { data: { url: PAGE } } }),
  span('RunTask', 200, 100, 7_000, { tid: 3 }),
]

test('what a page costs: each moment of its main thread once, since the navigation; of the script its own, until the load event’s task ends and later', () => {
  expect(loadCost(TRACE, PAGE, 'rtpx.js')).toEqual({ all: 5, evaluate: 1, atLoad: 1.25, later: 1.5 })
  expect(loadCost(TRACE, PAGE)).toEqual({ all: 5, evaluate: 0, atLoad: 0, later: 0 })
})

test('a trace without the page or the script is no measurement', () => {
  expect(() => loadCost(TRACE, 'http://other.test/')).toThrow('does not show')
  expect(() => loadCost(TRACE, PAGE, 'other.js')).toThrow('does not show')
})
