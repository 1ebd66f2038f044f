/** The line's manners, with time and sockets of the test's own. */
import { expect, test } from 'bun:test'
import { createLine, delayAfterLoss, type LineSocket, type SocketEars } from './line.ts'
import { SILENCE_MS } from './protocol.ts'

class FakeSocket implements LineSocket {
  sent: string[] = []
  isClosed = false
  constructor(readonly ears: SocketEars) {}
  send(text: string) {
    this.sent.push(text)
  }
  close() {
    this.isClosed = true
  }
  says(message: object) {
    this.ears.onText(JSON.stringify(message))
  }
}

function world() {
  const sockets: FakeSocket[] = []
  const heard: unknown[] = []
  let timers: { at: number; run: () => void }[] = []
  let now = 0
  const line = createLine({
    connect: (ears) => {
      const socket = new FakeSocket(ears)
      sockets.push(socket)
      return socket
    },
    later: (run, delayMs) => {
      const timer = { at: now + delayMs, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    random: () => 1,
  })
  const ask = (name: string) =>
    line.ask({
      name,
      search: '?a=1',
      onAnswer: (answer) => heard.push(answer),
      onTrouble: ({ code }) => heard.push(code),
      onUp: () => heard.push('up'),
      onDown: () => heard.push('down'),
    })
  const pass = (ms: number) => {
    now += ms
    for (;;) {
      const due = timers.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0]
      if (!due) return
      timers = timers.filter((timer) => timer !== due)
      due.run()
    }
  }
  const socket = () => sockets.at(-1) as FakeSocket
  return { sockets, heard, ask, pass, socket }
}

test('questions go over one socket, answers and changes come to who asked', () => {
  const { sockets, heard, ask, socket } = world()
  ask('overview')
  socket().ears.onOpen()
  const stop = ask('pages')
  expect(sockets).toHaveLength(1)
  expect(socket().sent.map((text) => JSON.parse(text))).toEqual([
    { subscribe: 'overview', id: 1, search: '?a=1' },
    { subscribe: 'pages', id: 2, search: '?a=1' },
  ])
  socket().says({ id: 1, version: 7, state: { visits: 1 } })
  socket().says({ id: 1, version: 8, patch: [{ op: 'replace', path: '/visits', value: 2 }] })
  socket().says({ id: 2, trouble: { code: 'clickhouse_unreachable', title: '', detail: '' } })
  expect(heard).toEqual(['up', { visits: 1 }, { visits: 2 }, 'clickhouse_unreachable'])
  stop()
  expect(socket().sent.at(-1)).toBe('{"unsubscribe":2}')
})

test('a change of what is not held asks for the whole again', () => {
  const { ask, socket } = world()
  ask('overview')
  socket().ears.onOpen()
  socket().says({ id: 1, version: 1, state: {} })
  socket().says({ id: 1, version: 3, patch: [] })
  expect(socket().sent).toHaveLength(2)
})

test('a lost line comes back, ever more seldom, and asks again; meanwhile one is told', () => {
  const { sockets, heard, ask, pass, socket } = world()
  ask('overview')
  socket().ears.onOpen()
  socket().says({ id: 1, version: 1, state: 'first' })
  socket().ears.onClose()
  expect(heard).toEqual(['up', 'first', 'down'])
  pass(499)
  expect(sockets).toHaveLength(1)
  pass(1)
  expect(sockets).toHaveLength(2)
  socket().ears.onClose()
  pass(999)
  expect(sockets).toHaveLength(2)
  pass(1)
  socket().ears.onOpen()
  expect(socket().sent).toHaveLength(1)
  socket().says({ id: 1, version: 1, state: 'second' })
  expect(heard.slice(-2)).toEqual(['up', 'second'])
  expect([1, 2, 5, 6, 50].map((losses) => delayAfterLoss(losses, 1))).toEqual([
    500, 1_000, 8_000, 15_000, 15_000,
  ])
})

test('silence is a loss, whether before the first word or after; a beat is none', () => {
  const { sockets, heard, ask, pass, socket } = world()
  ask('overview')
  pass(SILENCE_MS)
  expect(socket().isClosed).toBe(true)
  pass(500)
  socket().ears.onOpen()
  pass(SILENCE_MS - 1)
  socket().says({ beat: 1 })
  pass(SILENCE_MS - 1)
  expect(sockets).toHaveLength(2)
  pass(1)
  // Once out of impatience, once for good.
  expect(heard).toEqual(['down', 'down', 'up', undefined, 'down'])
})

test('nobody asking, the line is closed and does not come back', () => {
  const { sockets, ask, pass, socket } = world()
  const stop = ask('overview')
  socket().ears.onOpen()
  stop()
  pass(60_000)
  expect(socket().isClosed).toBe(true)
  expect(sockets).toHaveLength(1)
  ask('overview')
  expect(sockets).toHaveLength(2)
})
