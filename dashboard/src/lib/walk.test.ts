import { expect, test } from 'bun:test'
import { walk } from './walk.ts'

test('arrows walk and stop at the ends, Home and End jump, Escape lets go once', () => {
  expect(walk('ArrowLeft', null, 5)).toBe(4)
  expect(walk('ArrowLeft', 4, 5)).toBe(3)
  expect(walk('ArrowLeft', 0, 5)).toBe(0)
  expect(walk('ArrowRight', 4, 5)).toBe(4)
  expect(walk('PageUp', 20, 30)).toBe(13)
  expect(walk('PageDown', 28, 30)).toBe(29)
  expect([walk('Home', 3, 5), walk('End', 3, 5)]).toEqual([0, 4])
  expect(walk('Escape', 3, 5)).toBeNull()
  for (const [key, at, count] of [
    ['Escape', null, 5],
    ['d', 2, 5],
    ['ArrowLeft', null, 0],
  ] as const)
    expect(walk(key, at, count)).toBeUndefined()
})
