/** What a page that loads costs its main thread, read from a trace: CPU time, so that a busy machine counts little. */
import type { TraceEvent } from './devtools.ts'

/** Milliseconds of the main thread. */
export interface LoadCost {
  /** Everything from the navigation on, whoever caused it. */
  readonly all: number
  /** Running the script once, with what of it is compiled then. */
  readonly evaluate: number
  /** All the script does until the load event is over: that, and its listeners and timers till the end of the event's task. */
  readonly atLoad: number
  /** What the script does later. */
  readonly later: number
}

/** @param page address of the page @param script what the script's address contains @throws when the trace does not show them */
export function loadCost(trace: readonly TraceEvent[], page: string, script?: string): LoadCost {
  const navigation = trace.find(
    ({ name, args }) => name === 'navigationStart' && JSON.stringify(args).includes(`"${page}"`),
  )
  const isMain = ({ pid, tid }: TraceEvent) => pid === navigation?.pid && tid === navigation.tid
  if (!navigation) throw new Error(`the trace does not show ${page}`)
  const spans = trace
    .filter((event) => event.ph === 'X' && isMain(event) && event.ts >= navigation.ts)
    .toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
  const ours = (name: string) =>
    spans.filter((span) => script && span.name === name && JSON.stringify(span.args).includes(script))
  const evaluate = ours('EvaluateScript')
  if (script && evaluate.length === 0) throw new Error(`the trace does not show ${script}`)
  const loaded = trace.find(
    (event) => event.name === 'loadEventEnd' && isMain(event) && event.ts >= navigation.ts,
  )
  if (!loaded) throw new Error(`the trace does not show the load event of ${page}`)
  const task = outermost(spans).find(({ ts, dur = 0 }) => ts <= loaded.ts && loaded.ts <= ts + dur)
  const end = task ? task.ts + (task.dur ?? 0) : loaded.ts
  const calls = outermost(ours('FunctionCall'))
  const before = calls.filter(({ ts }) => ts <= end)
  return {
    all: cpu(outermost(spans)),
    evaluate: cpu(evaluate),
    atLoad: cpu(evaluate) + cpu(before),
    later: cpu(calls) - cpu(before),
  }
}

/** Spans that are in no other one, of spans in order. */
function outermost(spans: readonly TraceEvent[]): TraceEvent[] {
  let end = 0
  return spans.filter(({ ts, dur = 0 }) => {
    const isOutermost = ts >= end
    if (isOutermost) end = ts + dur
    return isOutermost
  })
}

function cpu(spans: readonly TraceEvent[]): number {
  return spans.reduce((total, { tdur = 0 }) => total + tdur, 0) / 1_000
}
