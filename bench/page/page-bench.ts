/**
 * What the dashboard's main pages cost a browser, from Chromium's own metrics: a month of the demo's traffic, each page opened with an
 * empty cache, several times over.
 *
 * - `largest paint`, `layout shift`: as web-vitals defines them (PerformanceObserver), from the navigation until the page is quiet.
 * - `server`: from the request to the first byte of the document; `script`, `main thread`: Chromium's ScriptDuration and TaskDuration.
 * - `JavaScript`: bytes of scripts as they came over the wire, compressed, until the page is quiet.
 * - `another range`: on the overview, from the key to the paint with the other range's numbers.
 */
import { ownerHeaders } from '@rtpx/cli/owner'
import type { Bench, Context } from '../bench.ts'
import { openBrowser } from '../measure/browser.ts'
import { type Row, row } from '../measure/row.ts'
import { median, percentile } from '../measure/stats.ts'
import { terminalProgress } from '../progress.ts'
import { monthOfDemo } from './filled.ts'
import { type PageCost, rangeTimes, visit } from './visit.ts'

const PAGES = [
  ['overview', '/'],
  ['realtime', '/realtime'],
  ['campaigns', '/campaigns'],
  ['pages', '/pages'],
  ['funnels', '/funnels'],
  ['retention', '/retention'],
  ['players', '/players'],
  ['quality', '/quality'],
] as const

const OVERVIEW = 'overview'
/** A month takes most of a minute to be sent. */
const QUICK_DAYS = 14

/** What is measured of a page, with its unit. */
const MEASURES = [
  ['largest paint', 'ms', 'largestPaintMs'],
  ['layout shift', 'score', 'layoutShift'],
  ['server', 'ms', 'serverMs'],
  ['script', 'ms', 'scriptMs'],
  ['main thread', 'ms', 'taskMs'],
  ['JavaScript', 'KB', 'scriptKb'],
  ['heap', 'MiB', 'heapMib'],
] as const satisfies readonly (readonly [string, string, keyof PageCost])[]

export const pageBench: Bench = {
  name: 'page',
  about: 'the dashboard’s main pages in Chromium, over a month of the demo’s traffic',
  bars: [
    { bench: 'page', case: `${OVERVIEW}, largest paint`, unit: 'ms', atMost: 1_000 },
    { bench: 'page', case: `${OVERVIEW}, layout shift`, unit: 'score', atMost: 0 },
    { bench: 'page', case: `${OVERVIEW}, JavaScript`, unit: 'KB', atMost: 120 },
    { bench: 'page', case: 'another range, p95', unit: 'ms', atMost: 200 },
  ],
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const { dashboard } = await monthOfDemo(context, context.quick ? QUICK_DAYS : undefined)
  const { cookie } = await ownerHeaders(dashboard)
  const browser = await openBrowser(context.folder, context.cleanup)
  const rounds = context.quick ? 1 : 7
  const costs = new Map<string, PageCost[]>(PAGES.map(([name]) => [name, []]))
  const shown = terminalProgress('  every page', 'rounds', rounds + 1)
  for (let round = 0; round <= rounds; round += 1) {
    shown.update(round)
    for (const [name, path] of PAGES) {
      const cost = await visit(browser, `${dashboard}${path}`, cookie)
      // The first visit of all pays for a server that is cold; nobody else does.
      if (round > 0) costs.get(name)?.push(cost)
    }
  }
  shown.update(rounds + 1)
  shown.end()
  const ranges = await rangeTimes(browser, dashboard, cookie, context.quick ? 1 : 8)
  return {
    rows: [
      ...PAGES.flatMap(([name]) =>
        MEASURES.map(([measure, unit, key]) =>
          row('page', `${name}, ${measure}`, median((costs.get(name) ?? []).map((cost) => cost[key])), unit),
        ),
      ),
      row('page', 'another range, p50', percentile(ranges, 0.5), 'ms'),
      row('page', 'another range, p95', percentile(ranges, 0.95), 'ms'),
    ],
    notes: [
      `the middle of ${rounds} ${rounds === 1 ? 'visit' : 'visits'} of each page, cache empty; ${ranges.length} changes of the range${context.quick ? `; ${QUICK_DAYS} days` : ''}`,
    ],
  }
}
