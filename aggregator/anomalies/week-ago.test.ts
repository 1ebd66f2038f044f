import { expect, test } from 'bun:test'
import { weeksBefore } from './week-ago.ts'

const noon = Date.UTC(2026, 2, 31, 10)

test('the same local time before clocks changed is another time in UTC', () => {
  expect(new Date(weeksBefore('Europe/Berlin', noon, 1)).toISOString()).toBe('2026-03-24T11:00:00.000Z')
  expect(new Date(weeksBefore('America/New_York', noon, 1)).toISOString()).toBe('2026-03-24T10:00:00.000Z')
  expect(new Date(weeksBefore('UTC', noon, 4)).toISOString()).toBe('2026-03-03T10:00:00.000Z')
  expect(new Date(weeksBefore('Nowhere/Else', noon, 1)).toISOString()).toBe('2026-03-24T10:00:00.000Z')
})
