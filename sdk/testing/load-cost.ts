/**
 * `bun sdk/testing/load-cost.ts [rounds]`: what the tracker costs a page, from Chromium's own trace: main-thread time of
 * every task that its script starts, from evaluation to the end of a second, in milliseconds.
 */
import { launchBrowser, openStage } from './stage.ts'

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly ts: number
  readonly dur?: number
  /** CPU time of the thread, µs: what other processes take from it is not in it. */
  readonly tdur?: number
  readonly tid: number
  readonly args?: { readonly data?: { readonly url?: string; readonly functionName?: string } }
}

/** What the tracker's work is called in a trace; each with the script's address. */
const NAMES = new Set(['EvaluateScript', 'v8.compile', 'FunctionCall', 'TimerFire'])

const rounds = Number(process.argv[2] ?? 15)
const root = `${import.meta.dir}/../..`
const built = await Bun.$`${process.execPath} ${root}/sdk/build.ts`.quiet().arrayBuffer()
const answer = (path: string) =>
  path.startsWith('/rtpx.js')
    ? new Response(built, { headers: { 'content-type': 'text/javascript' } })
    : Response.json(
        { accepted: 1, rejected: [] },
        { status: 202, headers: { 'access-control-allow-origin': '*' } },
      )
const browser = await launchBrowser()
const stage = await openStage(browser, { send: async (path) => answer(path) }, { '/': {} })
const load: number[] = []
const later: number[] = []
for (let round = 0; round <= rounds; round += 1) {
  const page = await stage.context.newPage()
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'v8', 'disabled-by-default-v8.compile'],
  })
  await page.goto(`${stage.siteUrl}/`)
  await Bun.sleep(1_000)
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const ours = trace.traceEvents.filter(
    ({ name, ph, args }) => NAMES.has(name) && ph === 'X' && args?.data?.url?.startsWith(stage.script),
  )
  const sum = (events: TraceEvent[]) => events.reduce((total, { tdur = 0 }) => total + tdur, 0) / 1_000
  // Compiling happens inside evaluating; calls inside evaluating are not counted twice either.
  const evaluate = ours.filter(({ name }) => name === 'EvaluateScript')
  const calls = ours.filter(
    ({ name, ts }) =>
      name === 'FunctionCall' &&
      !evaluate.some((outer) => ts >= outer.ts && ts <= outer.ts + (outer.dur ?? 0)),
  )
  await page.close()
  // The first page of a browser pays for what is not ours.
  if (round === 0) continue
  load.push(sum(evaluate))
  later.push(sum(calls))
}
await stage.close()
await browser.close()

const at = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]
console.log(
  JSON.stringify({
    evaluate_ms: { p50: at(load, 0.5), p90: at(load, 0.9) },
    later_calls_ms: { p50: at(later, 0.5), p90: at(later, 0.9) },
    rounds,
  }),
)
