import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { BANNERS } from './banners.ts'
import { campaignHealth, DAY_MS } from './calendar.ts'
import type { Sending, TrafficEvent } from './event.ts'
import { history } from './history.ts'
import { LIFE_DAYS, lifeOf } from './life.ts'
import { live, liveFrom } from './live.ts'

const WORLD = { seed: 3, players: 150 }
const NOW = Date.UTC(2026, 5, 17, 15, 30)
const PAST = [...history(WORLD, NOW - 30 * DAY_MS, NOW)]

const day = (ms: number) => Math.floor(ms / DAY_MS)
const countOf = (sendings: readonly Sending[], test: (event: TrafficEvent) => boolean) =>
  sendings.filter(({ event, kind }) => kind === 'good' && test(event)).length
const playersOf = (tag: string, type: string) =>
  new Set(
    PAST.filter(
      ({ event, kind }) => kind === 'good' && event.banner_tag === tag && event.event_type === type,
    ).map(({ event }) => event.player_id),
  ).size

describe('history', () => {
  test('is the same in every run, and where two spans overlap', () => {
    const span = (from: number, to: number) => [...history(WORLD, from, to)]
    const inner = span(NOW - 5 * DAY_MS, NOW - DAY_MS)
    expect(span(NOW - 5 * DAY_MS, NOW - DAY_MS)).toEqual(inner)
    const outer = new Set(PAST.map((sending) => JSON.stringify(sending)))
    // A duplicate that is sent after the span's end is the one thing the longer span has more.
    expect(inner.filter((sending) => !outer.has(JSON.stringify(sending)))).toEqual([])
    expect([...history({ ...WORLD, seed: 4 }, NOW - DAY_MS, NOW)][0]).not.toEqual(
      [...history(WORLD, NOW - DAY_MS, NOW)][0],
    )
  })

  test('is in order, within its span, and every good event has an id of its own', () => {
    let last = NOW - 30 * DAY_MS
    for (const { at, event } of PAST) {
      expect(at).toBeWithin(last, NOW)
      expect(event.occurred_at).toBeLessThanOrEqual(at)
      last = at
    }
    const good = PAST.filter(({ kind }) => kind === 'good').map(({ event }) => event.event_id)
    expect(new Set(good).size).toBe(good.length)
  })

  test('has duplicates of good events, and bad ones that differ', () => {
    const good = new Set(PAST.filter(({ kind }) => kind === 'good').map(({ event }) => JSON.stringify(event)))
    const kinds = Object.groupBy(PAST, ({ kind }) => kind)
    expect(kinds.duplicate?.every(({ event }) => good.has(JSON.stringify(event)))).toBe(true)
    expect((kinds.duplicate?.length ?? 0) / PAST.length).toBeWithin(0.006, 0.02)
    expect((kinds.bad?.length ?? 0) / PAST.length).toBeWithin(0.0005, 0.005)
    for (const { event } of kinds.bad ?? [])
      expect(event.banner_tag === undefined || /EUR$/.test(event.amount ?? '')).toBe(true)
  })

  test('banners are as good as they are said to be', () => {
    for (const { tag, share, registers } of BANNERS.filter((banner) => banner.share >= 0.1)) {
      const visitors = playersOf(tag, 'visit')
      expect(visitors / (WORLD.players * 30 * share)).toBeWithin(0.7, 1.6)
      // Some who would register do so after the span.
      expect(playersOf(tag, 'registration') / visitors).toBeWithin(registers * 0.6, registers * 1.2)
    }
  })

  test('has evenings and weekends', () => {
    const hours = Array.from({ length: 24 }, (_, hour) =>
      countOf(PAST, ({ occurred_at }) => new Date(occurred_at).getUTCHours() === hour),
    )
    expect((hours[20] ?? 0) / (hours[4] ?? 1)).toBeGreaterThan(3)
    const onDay = (weekday: number) =>
      countOf(
        // Whole weeks: each weekday four times.
        PAST.filter(({ at }) => at >= NOW - 28 * DAY_MS),
        (event) => event.event_type === 'visit' && new Date(event.occurred_at).getUTCDay() === weekday,
      )
    expect(onDay(6)).toBeGreaterThan(1.15 * onDay(2))
  })

  test('one campaign breaks in any 30 days: its visits are gone that day', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 20_000, max: 30_000 }), (seed, first) => {
        const broken = Array.from({ length: 56 }, (_, index) => first + index).flatMap((date) =>
          BANNERS.filter((banner) => campaignHealth(seed, date, banner) < 1),
        )
        expect(broken.length).toBeWithin(1, 4)
      }),
    )
    const visits = (date: number, tag: string) =>
      countOf(
        PAST,
        (event) =>
          event.event_type === 'visit' && event.banner_tag === tag && day(event.occurred_at) === date,
      )
    for (let date = day(NOW) - 29; date < day(NOW); date += 1)
      for (const banner of BANNERS.filter((one) => campaignHealth(WORLD.seed, date, one) < 1))
        expect(visits(date, banner.tag)).toBeLessThan(visits(date - 1, banner.tag) / 3)
  })
})

describe('a life', () => {
  const banner = fc.constantFrom(...BANNERS)
  test('goes forward: visit, one registration, then deposits', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(30_000), banner, fc.nat(), (seed, born, of, number) => {
        const events = lifeOf(seed, born, of, number)
        const first = (type: string) => events.findIndex(({ event_type }) => event_type === type)
        const registrations = events.filter(({ event_type }) => event_type === 'registration')
        expect(registrations.length).toBeLessThanOrEqual(1)
        if (events.length > 0) expect(events[0]?.event_type).toBe('visit')
        if (first('deposit') >= 0) {
          expect(first('registration')).toBeGreaterThan(0)
          expect(first('deposit')).toBeGreaterThan(first('registration'))
        }
        for (const [index, { occurred_at, amount, currency }] of events.entries()) {
          expect(occurred_at).toBeGreaterThan(events[index - 1]?.occurred_at ?? 0)
          expect(day(occurred_at)).toBeWithin(born, born + LIFE_DAYS + 1)
          if (amount) expect(Number(amount)).toBeGreaterThanOrEqual(5)
          if (amount) expect(['EUR', 'GBP', 'USD']).toContain(currency ?? '')
        }
        expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length)
      }),
    )
  })
})

describe('live', () => {
  const first = (count: number, start = NOW, rate = 5) => {
    const sendings: Sending[] = []
    for (const sending of live(WORLD, start, rate)) if (sendings.push(sending) === count) break
    return sendings
  }

  test('keeps its rate and its order', () => {
    for (const rate of [1, 50]) {
      const sendings = first(9_000, NOW, rate)
      // The first minutes hold beginnings of sessions only.
      const steady = sendings.filter(({ at }) => at > NOW + 120_000).map(({ at }) => at)
      const seconds = ((steady.at(-1) ?? 0) - NOW - 120_000) / 1000
      expect(steady.length / seconds / rate).toBeWithin(0.9, 1.1)
      for (const [index, { at }] of sendings.entries())
        expect(at).toBeGreaterThanOrEqual(sendings[index - 1]?.at ?? NOW)
    }
  })

  test('from now on it has its rate at once, and carries on what was going on', () => {
    const { recent, coming } = liveFrom(WORLD, NOW, 20)
    expect(recent.every(({ at }) => at < NOW)).toBe(true)
    const soon: Sending[] = []
    for (const sending of coming) if (soon.push(sending) === 1_000) break
    expect(soon[0]?.at).toBeGreaterThanOrEqual(NOW)
    expect(1_000_000 / ((soon.at(-1)?.at ?? 0) - NOW) / 20).toBeWithin(0.8, 1.2)
    const ids = [...recent, ...soon].filter(({ kind }) => kind === 'good').map(({ event }) => event.event_id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('follows from seed and start, and is new traffic at another start', () => {
    expect(first(300)).toEqual(first(300))
    const ids = (start: number) => new Set(first(300, start).map(({ event }) => event.event_id))
    expect(ids(NOW).isDisjointFrom(ids(NOW + 1))).toBe(true)
    const past = new Set(PAST.map(({ event }) => event.event_id))
    expect(past.isDisjointFrom(ids(NOW))).toBe(true)
  })

  test('players of the past come back; nobody registers twice or deposits before', () => {
    const sendings = [...PAST, ...first(4_000)].filter(({ kind }) => kind === 'good')
    const registered = new Set<string>()
    const seen = new Set(PAST.map(({ event }) => event.player_id))
    let back = 0
    for (const { event, at } of sendings) {
      const player = event.player_id
      if (player === undefined) continue
      if (at >= NOW && seen.has(player)) back += 1
      if (event.event_type === 'registration') {
        expect(registered.has(player)).toBe(false)
        registered.add(player)
      }
      // Who was born before the span may have registered before it.
      if (event.event_type === 'deposit' && at >= NOW) expect(registered.has(player)).toBe(true)
    }
    expect(back).toBeGreaterThan(100)
  })
})
