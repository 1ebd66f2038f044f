import { expect, test } from 'bun:test'
import { decideIngestion, decideNotRunning } from './ingestion.ts'

const MINUTE = 60_000
const NOW = 1_000_000 * MINUTE
/** Ten events a minute, in sessions of `clustering` events. */
const traffic = (clustering: number) => (from: number, to: number) => {
  const events = Math.max(0, (10 * (to - from)) / MINUTE)
  return { events, clusters: events / clustering }
}
const quiet = (minutes: number, clustering = 1) =>
  decideIngestion({
    now: NOW,
    newest: NOW - minutes * MINUTE,
    expected: traffic(clustering),
    latest: undefined,
  })

test('a pause that chance explains is none, and sessions pause longer than single events', () => {
  expect(quiet(1.5)).toBeUndefined()
  expect(quiet(2.5)).toMatchObject({ kind: 'ingestion_stopped', since: NOW - 2.5 * MINUTE, closed_at: null })
  expect(quiet(2.5, 5)).toBeUndefined()
  expect(quiet(12, 5)).toMatchObject({ kind: 'ingestion_stopped' })
})

test('it goes on as the same finding while a backlog drains, and closes when what arrives is recent', () => {
  const open = quiet(5)
  const later = (now: number, newest: number) =>
    decideIngestion({ now, newest, expected: traffic(1), latest: open })
  expect(later(NOW + 9 * MINUTE, NOW)).toMatchObject({ finding_id: open?.finding_id, closed_at: null })
  expect(later(NOW + 9 * MINUTE, NOW + 8.5 * MINUTE)).toMatchObject({
    finding_id: open?.finding_id,
    closed_at: NOW + 9 * MINUTE,
  })
})

test('a hole since the last run means that rtpx was not running; a hole later does not', () => {
  const at = { now: NOW, expected: traffic(1), latest: undefined }
  expect(decideNotRunning(at, NOW - 60 * MINUTE, NOW - MINUTE)).toMatchObject({
    kind: 'not_running',
    since: NOW - 60 * MINUTE,
    closed_at: NOW - MINUTE,
  })
  expect(decideNotRunning(at, NOW - 60 * MINUTE, NOW - 59 * MINUTE)).toBeUndefined()
  expect(decideNotRunning(at, NOW - 2 * MINUTE, undefined)).toBeUndefined()
  expect(decideNotRunning(at, 0, undefined)).toBeUndefined()
})
