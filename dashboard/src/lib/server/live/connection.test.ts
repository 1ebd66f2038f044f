/** The hub and its lines, with clock, timers and sockets of the test's own. */
import { expect, test } from 'bun:test'
import { applyPatch, type Operation } from '#lib/live/patch.ts'
import type { Trouble } from '#lib/overview.ts'
import { type LiveSocket, openLine } from './connection.ts'
import { createHub } from './hub.ts'

class FakeSocket implements LiveSocket {
  bufferedAmount = 0
  sent: Record<string, unknown>[] = []
  closed: number | undefined
  private readonly listeners: ((text: string) => void)[] = []
  private readonly closers: (() => void)[] = []
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close(code: number) {
    this.closed = code
    for (const closer of this.closers) closer()
  }
  terminate() {
    this.close(1006)
  }
  onMessage(listener: (text: string) => void) {
    this.listeners.push(listener)
  }
  onClose(listener: () => void) {
    this.closers.push(listener)
  }
  says(message: object | string) {
    for (const listener of this.listeners)
      listener(typeof message === 'string' ? message : JSON.stringify(message))
  }
  /** What a client would hold of a question now. */
  held(id: number): unknown {
    return this.sent
      .filter((message) => message.id === id)
      .reduce<unknown>(
        (state, message) =>
          'state' in message
            ? message.state
            : 'patch' in message
              ? applyPatch(state, message.patch as Operation[])
              : state,
        undefined,
      )
  }
}

const ROWS = Array.from({ length: 30 }, (_, at) => `row ${at}`)

function world() {
  let now = 0
  let timers: { at: number; run: () => void }[] = []
  const later = (run: () => void, delayMs: number) => {
    const timer = { at: now + delayMs, run }
    timers.push(timer)
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  }
  const clock = () => now
  const troubleOf = (error: unknown): Trouble => ({
    code: 'clickhouse_error',
    title: String(error),
    detail: '',
  })
  const hub = createHub({ clock, later, troubleOf })
  const truth: { state: unknown; readings: number; fails: boolean; takes: number } = {
    state: { visits: 0, rows: ROWS },
    readings: 0,
    fails: false,
    takes: 0,
  }
  const connect = () => {
    const socket = new FakeSocket()
    openLine({
      socket,
      hub,
      clock,
      later,
      troubleOf,
      take: () => true,
      giveBack: () => {},
      questionOf: (name, search) => ({
        key: name + search,
        read: async () => {
          truth.readings += 1
          now += truth.takes
          if (truth.fails) throw new Error('down')
          return structuredClone(truth.state)
        },
      }),
    })
    return socket
  }
  /** Lets time pass, and what waits for answers have them. */
  const pass = async (ms: number) => {
    const end = now + ms
    for (;;) {
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
      const due = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      timers = timers.filter((timer) => timer !== due)
      now = Math.max(now, due.at)
      due.run()
    }
    now = Math.max(now, end)
  }
  return { hub, truth, connect, pass }
}

test('one reading a second for all, and only what changed is said', async () => {
  const { hub, truth, connect, pass } = world()
  const sockets = Array.from({ length: 50 }, connect)
  for (const socket of sockets) socket.says({ subscribe: 'overview', id: 1 })
  await pass(10_000)
  expect(truth.readings).toBe(11)
  expect(sockets.map(({ sent }) => sent.length)).toEqual(Array(50).fill(1))
  truth.state = { visits: 1, rows: ROWS }
  await pass(1_000)
  expect(sockets[7]?.sent.at(-1)).toEqual({
    id: 1,
    version: 2,
    patch: [{ op: 'replace', path: '/visits', value: 1 }],
  })
  const late = connect()
  late.says({ subscribe: 'overview', id: 9 })
  expect(late.sent).toEqual([{ id: 9, version: 2, state: truth.state }])
  for (const socket of [...sockets, late]) socket.close(1000)
  const { readings } = truth
  await pass(10_000)
  expect([truth.readings, hub.questions()]).toEqual([readings, 0])
})

test('a question that takes long is read more seldom', async () => {
  const { truth, connect, pass } = world()
  truth.takes = 2_000
  connect().says({ subscribe: 'overview', id: 1 })
  await pass(60_000)
  expect(truth.readings).toBeLessThanOrEqual(11)
  expect(truth.readings).toBeGreaterThanOrEqual(9)
})

test('a heavy question is read at its own pace, however many watch', async () => {
  const { hub, pass } = world()
  let readings = 0
  const question = {
    key: 'heavy',
    everyMs: 10_000,
    read: async () => {
      readings += 1
      return readings
    },
  }
  const watchers = Array.from({ length: 50 }, () =>
    hub.watch(question, { onUpdate: () => {}, onTrouble: () => {} }),
  )
  await pass(60_000)
  expect(readings).toBe(7)
  for (const { stop } of watchers) stop()
})

test('who does not keep up is told nothing until it has, then the newest; who stays behind is closed', async () => {
  const { truth, connect, pass } = world()
  const [slow, quick] = [connect(), connect()]
  for (const socket of [slow, quick]) socket.says({ subscribe: 'overview', id: 1 })
  await pass(0)
  slow.bufferedAmount = 1_000_000
  for (let visits = 1; visits <= 20; visits += 1) {
    truth.state = { visits, rows: ROWS }
    await pass(1_000)
  }
  expect([slow.sent.length, quick.sent.length]).toEqual([1, 21])
  slow.bufferedAmount = 0
  await pass(250)
  expect(slow.sent).toHaveLength(2)
  expect(slow.held(1)).toEqual(truth.state)
  expect(quick.held(1)).toEqual(truth.state)

  slow.bufferedAmount = 1_000_000
  truth.state = { visits: 21 }
  await pass(40_000)
  expect(slow.closed).toBe(1006)
  expect(quick.held(1)).toEqual({ visits: 21 })
})

test('who asks on and on without reading is closed, not answered into memory', async () => {
  const { connect } = world()
  const socket = connect()
  socket.bufferedAmount = 1_000_000
  for (let id = 1; id <= 17; id += 1) socket.says({ subscribe: 'overview', id })
  expect([socket.closed, socket.sent]).toEqual([1006, []])
})

test('trouble is said once, and its end too, though nothing changed meanwhile', async () => {
  const { truth, connect, pass } = world()
  const socket = connect()
  socket.says({ subscribe: 'overview', id: 1 })
  await pass(1_000)
  truth.fails = true
  await pass(5_000)
  truth.fails = false
  await pass(2_000)
  expect(socket.sent.map((message) => Object.keys(message)[1])).toEqual(['version', 'trouble', 'version'])
  expect(socket.held(1)).toEqual(truth.state)
})

test('a client that talks too much or nonsense is closed', async () => {
  const { connect } = world()
  const [busy, odd] = [connect(), connect()]
  for (let at = 0; at < 101; at += 1) busy.says({ unsubscribe: at })
  expect(busy.closed).toBe(4429)
  for (const text of ['', 'null', '[]', '{"subscribe":1}', '{"subscribe":"a","id":"b"}']) {
    odd.closed = undefined
    odd.says(text)
    expect(odd.closed as number | undefined).toBe(4400)
  }
})
