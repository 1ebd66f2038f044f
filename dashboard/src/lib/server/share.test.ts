import { describe, expect, test } from 'bun:test'
import { createShare } from './share.ts'

describe('sharing', () => {
  test('answers everyone who asks within the moment with one reading', async () => {
    let time = 0
    let readings = 0
    const share = createShare(() => time)
    const read = () => share('visits', 500, async () => ++readings)
    expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1])
    time = 499
    expect(await read()).toBe(1)
    time = 500
    expect(await read()).toBe(2)
  })

  test('keeps an answer the longer the longer it took', async () => {
    let time = 0
    let readings = 0
    const share = createShare(() => time)
    const read = () =>
      share(
        'players',
        (tookMs) => 20 * tookMs,
        async () => {
          time += 100
          return ++readings
        },
      )
    expect(await read()).toBe(1)
    time = 2_099
    expect(await read()).toBe(1)
    time = 2_100
    expect(await read()).toBe(2)
  })

  test('never keeps a failure', async () => {
    const share = createShare(() => 0)
    const failing = share('x', 500, () => Promise.reject(new Error('down')))
    expect(failing).rejects.toThrow('down')
    await failing.catch(() => {})
    expect(await share('x', 500, () => Promise.resolve('up'))).toBe('up')
  })

  test('keeps a bounded number of answers', async () => {
    const share = createShare(() => 0, 2)
    let readings = 0
    const read = (key: string) => share(key, 500, async () => ++readings)
    for (const key of ['a', 'b', 'c', 'c', 'a']) await read(key)
    expect(readings).toBe(4)
  })
})
