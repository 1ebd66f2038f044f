/**
 * Chromium's own trace of a page that loads, asked of the browser alone: no debugger is attached to the page, as none is at a
 * visitor's, for what a debugger wants to know of a page runs on the page's thread.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface TraceEvent {
  readonly name: string
  /** X: a span. */
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Start and length, µs. */
  readonly ts: number
  readonly dur?: number
  /** CPU time of the thread, µs: what other processes take from it is not in it. */
  readonly tdur?: number
  readonly args?: unknown
}

const CATEGORIES = ['toplevel', 'devtools.timeline', 'blink.user_timing']
/** A process that ends while a trace begins keeps the trace from ever ending. */
const REST_MS = 400
const ANSWER_MS = 30_000

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly value?: TraceEvent[] }
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** @param profile the folder of a Chromium that was started with `--remote-debugging-port=0` */
export async function connectDevtools(profile: string) {
  const file = join(profile, 'DevToolsActivePort')
  while (!existsSync(file) || !readFileSync(file, 'utf8').includes('/')) await Bun.sleep(20)
  const [port = '', path = ''] = readFileSync(file, 'utf8').split('\n')
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`)
  const waiting = new Map<number | string, PromiseWithResolvers<Message>>()
  const collected: TraceEvent[] = []
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data as string) as Message
    if (message.method === 'Tracing.dataCollected') collected.push(...(message.params?.value ?? []))
    waiting.get(message.id ?? message.method ?? '')?.resolve(message)
  }
  await new Promise((resolve) => {
    socket.onopen = resolve
  })
  /** @param key the id of a call, or the name of what Chromium tells by itself */
  const told = async (key: number | string): Promise<Message> => {
    const answer = Promise.withResolvers<Message>()
    waiting.set(key, answer)
    const timer = setTimeout(() => answer.reject(new Error(`Chromium does not answer: ${key}`)), ANSWER_MS)
    try {
      return await answer.promise
    } finally {
      clearTimeout(timer)
      waiting.delete(key)
    }
  }
  let calls = 0
  const call = async <Result>(method: string, params: object = {}): Promise<Result> => {
    calls += 1
    const answer = told(calls)
    socket.send(JSON.stringify({ id: calls, method, params }))
    const { result, error } = await answer
    if (error) throw new Error(`${method}: ${error.message}`)
    return result as Result
  }
  return {
    close: () => socket.close(),
    /** What Chromium does while a new tab opens the address, and for `waitMs` from then on. */
    async traceLoad(url: string, waitMs: number): Promise<TraceEvent[]> {
      collected.length = 0
      await call('Tracing.start', {
        transferMode: 'ReportEvents',
        traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'] },
      })
      const { targetId } = await call<{ targetId: string }>('Target.createTarget', { url })
      await Bun.sleep(waitMs)
      const complete = told('Tracing.tracingComplete')
      await Promise.all([call('Tracing.end'), complete])
      await call('Target.closeTarget', { targetId })
      await Bun.sleep(REST_MS)
      return [...collected]
    },
  }
}
