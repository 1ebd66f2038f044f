/**
 * What the tracker costs the page that loads it: CPU time of the page's main thread in Chromium's own trace, each page in a process of
 * its own, nothing cached.
 *
 * - `evaluated`: running the script, which the page's DOMContentLoaded waits for.
 * - `at load`: all it does until the task of the load event has ended: that, and its listeners and timers before.
 * - `later`: its timers and listeners in the second after: storage, the events, the request.
 * - `beyond …`: the page's whole main thread, less that of the other page in the same round: also what the browser does for the
 *   script outside of it, such as reading the answer.
 */
import { buildScript } from '@rtpx/edge/routes/script'
import { launchAlone } from '@rtpx/sdk/testing/stage'
import type { Bench, Context } from '../bench.ts'
import { type Row, row } from '../measure/row.ts'
import { median, percentile } from '../measure/stats.ts'
import { terminalProgress } from '../progress.ts'
import { connectDevtools } from './devtools.ts'
import { type LoadCost, loadCost } from './load-cost.ts'
import { CASES, type Case, openSites } from './site.ts'

const FIRST = 'evaluated, first script of the page'
const AFTER_OTHERS = 'evaluated, after a script of the page’s own'
const AT_LOAD = 'at load, first script of the page'
const AT_LOAD_AFTER_OTHERS = 'at load, after a script of the page’s own'
const SIZE = 'size as served'
const WAIT_MS = 1_200

export const trackerBench: Bench = {
  name: 'tracker',
  about: 'what rtpx.js costs a page that loads, in Chromium’s own trace',
  bars: [
    { bench: 'tracker', case: AT_LOAD, unit: 'ms', atMost: 1 },
    { bench: 'tracker', case: AT_LOAD_AFTER_OTHERS, unit: 'ms', atMost: 1 },
    { bench: 'tracker', case: SIZE, unit: 'B', atMost: 1_536 },
  ],
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const { gzip } = await buildScript()
  const sites = openSites()
  context.cleanup.add(() => sites.stop())
  const browser = await context.cleanup.hold(
    () => launchAlone('about:blank'),
    (started) => started.stop(),
  )
  const devtools = await connectDevtools(browser.profile)
  context.cleanup.add(() => devtools.close())
  const rounds = context.quick ? 1 : 20
  const costs = Object.fromEntries(CASES.map((name) => [name, []])) as unknown as Record<Case, LoadCost[]>
  const shown = terminalProgress('  every page', 'rounds', rounds + 1)
  for (let round = 0; round <= rounds; round += 1) {
    shown.update(round)
    // Now this way round, now the other: nobody always comes after the same one.
    for (const name of round % 2 ? CASES : CASES.toReversed()) {
      const page = sites.pageOf(name)
      const cost = loadCost(await devtools.traceLoad(page, WAIT_MS), page, sites.scriptOf(name))
      // The first page of a browser pays for what is not ours.
      if (round > 0) costs[name].push(cost)
    }
  }
  shown.update(rounds + 1)
  shown.end()
  if (sites.accepted() === 0) throw new Error('the edge got no event')
  const values = (name: Case, key: keyof LoadCost) => costs[name].map((cost) => cost[key])
  const beyond = (name: Case, other: Case) =>
    median(costs[name].map(({ all }, round) => all - (costs[other][round]?.all ?? Number.NaN)))
  const ms = (name: string, value: number) => row('tracker', name, value, 'ms')
  return {
    rows: [
      ms(AT_LOAD, median(values('tracker', 'atLoad'))),
      ms(`${AT_LOAD}, p90`, percentile(values('tracker', 'atLoad'), 0.9)),
      ms(AT_LOAD_AFTER_OTHERS, median(values('scripted', 'atLoad'))),
      ms(FIRST, median(values('tracker', 'evaluate'))),
      ms(`${FIRST}, p90`, percentile(values('tracker', 'evaluate'), 0.9)),
      ms('evaluated, an empty file', median(values('empty', 'evaluate'))),
      ms(AFTER_OTHERS, median(values('scripted', 'evaluate'))),
      ms('later, in the second after', median(values('tracker', 'later'))),
      ms('later, a line that only reports once', median(values('line', 'later'))),
      ms('beyond the page with an empty file', beyond('tracker', 'empty')),
      ms('beyond the page with an empty file, a line that only reports once', beyond('line', 'empty')),
      ms('beyond the page without a script', beyond('tracker', 'none')),
      row('tracker', SIZE, gzip.length, 'B'),
    ],
    notes: [
      `CPU time of the main thread, the middle of ${rounds} first visits of each page, in turn`,
      'the bar of 1 ms is held against all that the script does until the task of the load event has ended; what follows in tasks of its own is told, without a bar',
    ],
  }
}
