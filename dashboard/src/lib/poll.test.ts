import { describe, expect, test } from 'bun:test'
import { delayAfter, startPoll } from './poll.ts'

/** Time that moves only when told. */
function setUp(answers: (() => Promise<string>)[]) {
  const waiting: { run: () => void; delayMs: number }[] = []
  const log: string[] = []
  let visible = true
  const poll = startPoll<string>({
    ask: () => (answers.shift() ?? (() => Promise.resolve('again')))(),
    onAnswer: (answer) => log.push(answer),
    onFailure: (_, failures) => log.push(`failed ${failures}`),
    isVisible: () => visible,
    later: (run, delayMs) => {
      const entry = { run, delayMs }
      waiting.push(entry)
      return () => waiting.splice(waiting.indexOf(entry), 1)
    },
  })
  const step = async () => {
    const next = waiting.shift()
    next?.run()
    await Bun.sleep(0)
    return next?.delayMs
  }
  return { poll, log, waiting, step, show: (yes: boolean) => (visible = yes) }
}

describe('the poll', () => {
  test('asks each second and ever more seldom while it fails', async () => {
    const fail = () => Promise.reject(new Error('down'))
    const { log, step } = setUp([
      () => Promise.resolve('one'),
      fail,
      fail,
      fail,
      () => Promise.resolve('two'),
    ])
    const delays = []
    for (let count = 0; count < 6; count += 1) delays.push(await step())
    expect(log).toEqual(['one', 'failed 1', 'failed 2', 'failed 3', 'two', 'again'])
    expect(delays).toEqual([1000, 1000, 1000, 2000, 4000, 1000])
    expect(delayAfter(50)).toBe(15_000)
  })

  test('rests while hidden and asks at once when seen again', async () => {
    const { poll, log, step, waiting, show } = setUp([])
    show(false)
    await step()
    expect([log, waiting]).toEqual([[], []])
    show(true)
    poll.visibilityChanged()
    expect(await step()).toBe(0)
    expect(log).toEqual(['again'])
  })

  test('never asks twice at a time, and says nothing once stopped', async () => {
    let answer = (_: string) => {}
    const slow = new Promise<string>((resolve) => {
      answer = resolve
    })
    const { poll, log, step, waiting } = setUp([() => slow])
    await step()
    poll.visibilityChanged()
    expect(waiting).toEqual([])
    poll.stop()
    answer('late')
    await Bun.sleep(0)
    expect([log, waiting]).toEqual([[], []])
  })
})
