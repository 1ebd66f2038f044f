/**
 * `bun sdk/testing/load-cost.ts [rounds]`: what the tracker costs a page that loads, from Chromium's own trace: CPU time
 * of the main thread in milliseconds, for evaluating the script and for what it does in the second after.
 *
 * - `empty`: nothing else runs, so that the tracker also pays for Chromium's first touch of an element.
 * - `scripted`: a script of the page has touched an element before, as on nearly every page.
 */
import { launchBrowser, openStage } from './stage.ts'

interface TraceEvent {
  readonly name: string
  readonly ph: string
  /** Start and length, µs. */
  readonly ts: number
  readonly dur: number
  /** CPU time of the thread, µs: what other processes take from it is not in it. */
  readonly tdur: number
  readonly args?: { readonly data?: { readonly url?: string } }
}

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
const stage = await openStage(
  browser,
  { send: async (path) => answer(path) },
  {
    '/empty': {},
    '/scripted': {
      head: "<script>document.querySelector('meta').title = document.currentScript.src</script>",
    },
  },
)
const costs: Record<string, { readonly evaluate: number[]; readonly later: number[] }> = {
  empty: { evaluate: [], later: [] },
  scripted: { evaluate: [], later: [] },
}
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, { evaluate, later }] of Object.entries(costs)) {
    const page = await stage.context.newPage()
    await browser.startTracing(page, { categories: ['devtools.timeline'] })
    await page.goto(`${stage.siteUrl}/${name}`)
    await Bun.sleep(1_000)
    const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
    await page.close()
    // The first page of a browser pays for what is not ours.
    if (round === 0) continue
    const ours = trace.traceEvents.filter(
      ({ ph, args }) => ph === 'X' && args?.data?.url?.startsWith(stage.script),
    )
    const [script] = ours.filter((event) => event.name === 'EvaluateScript')
    if (!script) throw new Error('the trace does not show the script')
    const calls = ours.filter((event) => event.name === 'FunctionCall' && event.ts > script.ts + script.dur)
    evaluate.push(script.tdur / 1_000)
    later.push(calls.reduce((total, { tdur }) => total + tdur, 0) / 1_000)
  }
}
await stage.close()
await browser.close()

const at = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]
const spread = (values: number[]) => ({ least: at(values, 0), p50: at(values, 0.5), p90: at(values, 0.9) })
for (const [name, { evaluate, later }] of Object.entries(costs))
  console.log(JSON.stringify({ page: name, rounds, evaluate_ms: spread(evaluate), later_ms: spread(later) }))
