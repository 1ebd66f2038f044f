import { describe, expect, test } from 'bun:test'
import { addDays, eachDay } from './day.ts'
import { clockAt, dayAt, dayStart, hourStarts } from './time-zone.ts'

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Asia/Kolkata',
  'Asia/Beirut',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Apia',
]

describe('days in a time zone', () => {
  test('begin at their first instant, in every zone, all year', () => {
    for (const zone of ZONES) {
      for (const day of eachDay({ from: '2026-01-01', to: '2026-12-31' })) {
        const start = dayStart(day, zone)
        expect([zone, dayAt(start, zone), dayAt(start - 1, zone)]).toEqual([zone, day, addDays(day, -1)])
      }
    }
  })

  test('begin at one o’clock where midnight is skipped', () => {
    const day = eachDay({ from: '2026-04-01', to: '2026-05-05' }).find(
      (day) => clockAt(dayStart(day, 'Africa/Cairo'), 'Africa/Cairo') !== '00:00',
    )
    expect(day).toBe('2026-04-24')
    expect(clockAt(dayStart('2026-04-24', 'Africa/Cairo'), 'Africa/Cairo')).toBe('01:00')
  })

  test('have 23 to 25 hours', () => {
    expect(hourStarts('2026-03-29', 'Europe/Berlin')).toHaveLength(23)
    expect(hourStarts('2026-10-25', 'Europe/Berlin')).toHaveLength(25)
    expect(hourStarts('2026-11-21', 'Asia/Kolkata')).toHaveLength(24)
    expect(
      hourStarts('2026-10-25', 'Europe/Berlin')
        .map((at) => clockAt(at, 'Europe/Berlin'))
        .slice(1, 5),
    ).toEqual(['01:00', '02:00', '02:00', '03:00'])
  })

  test('that do not exist as a zone are an error', () => {
    expect(() => dayAt(0, 'Mars/Olympus')).toThrow(RangeError)
  })
})
