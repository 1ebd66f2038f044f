/**
 * The overview over a year of 100 million events, from cold: each visit asks for days that nobody asked for before, ClickHouse's caches and the
 * browser's are empty. What is measured is said in page-bench.ts; `server` is of documents alone, asked without a browser.
 */
import { ownerHeaders } from '@rtpx/cli/owner'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import type { Bench, Context } from '../bench.ts'
import { openBrowser } from '../measure/browser.ts'
import { emptyCaches } from '../measure/caches.ts'
import { type Row, row } from '../measure/row.ts'
import { median, percentile } from '../measure/stats.ts'
import { yearOfCounts } from './filled.ts'
import { rangeTimes, visit } from './visit.ts'

const EVENTS = { full: 100_000_000, quick: 1_000_000 } as const
const DOCUMENTS = { full: 60, quick: 10 } as const
const VISITS = { full: 15, quick: 3 } as const
const RANGE_ROUNDS = { full: 8, quick: 1 } as const
const DAY_MS = 86_400_000

export const yearBench: Bench = {
  name: 'overview',
  about: 'the overview in Chromium over a year of 100 million events, from cold caches',
  bars: [
    { bench: 'overview', case: 'server, p95', unit: 'ms', atMost: 150 },
    { bench: 'overview', case: 'largest paint', unit: 'ms', atMost: 1_000 },
    { bench: 'overview', case: 'layout shift', unit: 'score', atMost: 0 },
    { bench: 'overview', case: 'JavaScript', unit: 'KB', atMost: 120 },
    { bench: 'overview', case: 'another range, p95', unit: 'ms', atMost: 200 },
  ],
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const size = context.quick ? 'quick' : 'full'
  const { dashboard, clickhouse } = await yearOfCounts(context, EVENTS[size])
  const { cookie } = await ownerHeaders(dashboard)
  // Thirty days that end a day earlier each time.
  let asked = 0
  const next = () => {
    const day = (back: number) => new Date(Date.now() - back * DAY_MS).toISOString().slice(0, 10)
    asked += 1
    return `${dashboard}/?from=${day(asked + 29)}&to=${day(asked)}`
  }
  context.say('  documents')
  const documents: number[] = []
  for (let index = 0; index < DOCUMENTS[size]; index += 1)
    documents.push(await documentTime(clickhouse, next(), cookie))
  const browser = await openBrowser(context.folder, context.cleanup)
  context.say('  visits')
  const visits = []
  for (let index = 0; index <= VISITS[size]; index += 1) {
    await emptyCaches(clickhouse)
    visits.push(await visit(browser, next(), cookie))
  }
  // The first pays for a browser that is cold, too.
  visits.shift()
  context.say('  ranges')
  const ranges = await rangeTimes(browser, dashboard, cookie, RANGE_ROUNDS[size])
  const add = (name: string, value: number, unit: string) => row('overview', name, value, unit)
  return {
    rows: [
      add('server, p50', percentile(documents, 0.5), 'ms'),
      add('server, p95', percentile(documents, 0.95), 'ms'),
      add('largest paint', median(visits.map(({ largestPaintMs }) => largestPaintMs)), 'ms'),
      add('layout shift', Math.max(...visits.map(({ layoutShift }) => layoutShift)), 'score'),
      add('JavaScript', median(visits.map(({ scriptKb }) => scriptKb)), 'KB'),
      add('another range, p50', percentile(ranges, 0.5), 'ms'),
      add('another range, p95', percentile(ranges, 0.95), 'ms'),
    ],
    notes: [
      `${EVENTS[size].toLocaleString('en')} events over a year; of closed days their counts alone, without amounts and pages`,
      `${documents.length} documents and ${visits.length} visits of other 30 days each, ClickHouse’s caches emptied before; ${ranges.length} changes of the range`,
    ],
  }
}

/** From the request of a page to its last byte, ms. @throws when it is not answered */
async function documentTime(clickhouse: ClickHouse, url: string, cookie: string): Promise<number> {
  await emptyCaches(clickhouse)
  const from = performance.now()
  const response = await fetch(url, { headers: { cookie } })
  await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return performance.now() - from
}
