import { expect, test } from 'bun:test'
import { clampTime, timeOfUuid } from './time-window.ts'

const NOW = Date.UTC(2026, 2, 4)
const DAY_MS = 86_400_000

test('a claimed time is kept within the window, which is wider for a server', () => {
  expect(clampTime(undefined, NOW, false)).toBe(NOW)
  expect(clampTime(NOW - DAY_MS, NOW, false)).toBe(NOW - DAY_MS)
  expect(clampTime(NOW - 30 * DAY_MS, NOW, false)).toBe(NOW - 7 * DAY_MS)
  expect(clampTime(NOW - 30 * DAY_MS, NOW, true)).toBe(NOW - 30 * DAY_MS)
  expect(clampTime(0, NOW, true)).toBe(NOW - 5 * 365 * DAY_MS)
  expect(clampTime(NOW + DAY_MS, NOW, true)).toBe(NOW + 5 * 60_000)
})

test('a UUIDv7 tells its time, and no other UUID does', () => {
  expect(timeOfUuid(Bun.randomUUIDv7('hex', NOW))).toBe(NOW)
  expect(timeOfUuid(crypto.randomUUID())).toBeUndefined()
})
