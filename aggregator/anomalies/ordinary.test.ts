/** Weeks of ordinary traffic, judged minute by minute: nothing is found. And what breaks in them is, as soon as it can be. */
import { expect, test } from 'bun:test'
import { BANNERS } from '../../bench/traffic/model/banners.ts'
import { campaignHealth } from '../../bench/traffic/model/calendar.ts'
import { history } from '../../bench/traffic/model/history.ts'
import { type MinuteCount, type Minutes, minuteCounts } from '../../bench/traffic/model/minutes.ts'
import { CRAWLER } from '../../bench/traffic/model/people.ts'
import { simulate } from './simulate.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const DAY = 1_440
const WEEK = 7 * DAY
/** Sunday, so that four weeks of history and four that are judged hold the change of clocks on March 29. */
const FROM = Date.UTC(2026, 1, 15) / 60_000
const JUDGED = FROM + 4 * WEEK
const TO = JUDGED + 4 * WEEK

const inUtc = () => 0
const inBerlin = (at: number) => (at < Date.UTC(2026, 2, 29, 1) ? HOUR_MS : 2 * HOUR_MS)

const [first, second, , fourth] = BANNERS
const BEGINS = Date.UTC(2026, 2, 24, 9)
const ENDS = Date.UTC(2026, 2, 30)

function campaigns(banner: (typeof BANNERS)[number], at: number): number {
  if (banner === fourth) return at < BEGINS ? 0 : 1
  if (banner === second) return Math.min(1, Math.max(0, 1 - (at - ENDS) / (4 * DAY_MS)))
  return 1
}

const judged = (world: Minutes, timeZone: string, change = (count: MinuteCount) => count.count) =>
  simulate(changed(minuteCounts(world, FROM, TO), change), {
    from: FROM,
    to: TO,
    timeZone,
    judgeFrom: JUDGED,
    forecastFrom: JUDGED - WEEK,
  })

function* changed(counts: Iterable<MinuteCount>, change: (count: MinuteCount) => number) {
  for (const count of counts) yield { ...count, count: change(count) }
}

test.each([
  ['few visits', { seed: 1, visits: 700, offsetAt: inUtc }, 'UTC'],
  [
    'people whose clocks change with the site',
    { seed: 2, visits: 20_000, offsetAt: inBerlin },
    'Europe/Berlin',
  ],
  ['people whose clocks change, a site in UTC', { seed: 3, visits: 300_000, offsetAt: inBerlin }, 'UTC'],
  [
    'a banner begins, another ends gently',
    { seed: 4, visits: 60_000, offsetAt: inUtc, part: campaigns },
    'UTC',
  ],
] as const)(
  'four weeks of ordinary traffic: %s',
  async (_, world, timeZone) => {
    const { findings, series } = await judged(world, timeZone)
    expect(series).toBeGreaterThan(10)
    expect(findings).toEqual([])
  },
  60_000,
)

const at = (day: number, hour: number) => JUDGED + day * DAY + hour * 60

test('a newsletter each Monday and a pause each Sunday night are no news; the same on another day is', async () => {
  const part = (_: unknown, ms: number) => {
    const minute = ms / 60_000
    const ofWeek = (minute - FROM) % WEEK
    if (ofWeek >= 3 * 60 && ofWeek < 3 * 60 + 40) return 0
    const isMonday = ofWeek >= DAY + 9 * 60 && ofWeek < DAY + 9 * 60 + 12
    return isMonday || (minute >= at(10, 9) && minute < at(10, 9) + 12) ? 4 : 1
  }
  const { findings } = await judged({ seed: 6, visits: 40_000, offsetAt: inUtc, part }, 'UTC')
  expect(findings.length).toBeGreaterThan(0)
  for (const { kind, opened_at } of findings) {
    expect(kind).toBe('spike')
    expect(opened_at / 60_000).toBeWithin(at(10, 9), at(10, 9) + 6)
  }
}, 180_000)

test('each break is found once, busy ones within five minutes, and closes when it is over', async () => {
  const breaks = (count: MinuteCount) => {
    const { minute, event_type, banner_tag } = count
    const during = (day: number) => minute >= at(day, 18) && minute < at(day, 19)
    if (during(3) && event_type === 'registration') return 0
    if (during(4) && banner_tag === first.tag) return 0
    if (during(5)) return 0
    return count.count
  }
  const { findings } = await judged({ seed: 7, visits: 60_000, offsetAt: inUtc }, 'UTC', breaks)
  expect(findings.map(({ kind, event_type, banner_tag }) => [kind, event_type, banner_tag])).toEqual([
    ['broken_pixel', 'registration', ''],
    ['drop', 'visit', first.tag],
    ['silence', '', ''],
  ])
  for (const [index, { opened_at, closed_at }] of findings.entries()) {
    const began = at(3 + index, 18) * 60_000
    expect(opened_at - began).toBeWithin(0, 5 * 60_000)
    expect((closed_at ?? 0) - began).toBeWithin(HOUR_MS, HOUR_MS + 10 * 60_000)
  }
}, 180_000)

test("the demo's own players: of four weeks, only the campaign that the demo breaks is found", async () => {
  const world = { seed: 1, players: 600 }
  const to = Date.UTC(2026, 11, 21) / 60_000
  const from = to - 5 * WEEK
  const counts = new Map<string, { minute: number; event_type: string; banner_tag: string; count: number }>()
  for (const { event, kind } of history(world, from * 60_000, to * 60_000)) {
    if (kind !== 'good' || event.user_agent === CRAWLER) continue
    const { occurred_at, event_type, banner_tag = '' } = event
    const minute = Math.floor(occurred_at / 60_000)
    const name = `${minute} ${event_type} ${banner_tag}`
    const count = counts.get(name) ?? { minute, event_type, banner_tag, count: 0 }
    counts.set(name, count)
    count.count += 1
  }
  const options = { from, to, timeZone: 'UTC', judgeFrom: to - 4 * WEEK, forecastFrom: to - 4 * WEEK }
  const { findings } = await simulate(counts.values(), options)
  expect(findings).toMatchObject([{ kind: 'drop', event_type: 'visit', banner_tag: 'search-brand' }])
  const [found] = findings
  const day = Math.floor((found?.opened_at ?? 0) / DAY_MS)
  const broken = BANNERS.find(({ tag }) => tag === found?.banner_tag) ?? first
  expect(campaignHealth(world.seed, day, broken)).toBeLessThan(1)
}, 180_000)
