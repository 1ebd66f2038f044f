import { expect, test } from 'bun:test'
import { daysAsked, exactRangeOf } from './metrics-query.ts'

const ask = (query: string) => daysAsked(new URLSearchParams(query), '2026-11-21')

test('the default is the 30 days that end today', () => {
  expect(ask('')).toEqual({ from: '2026-10-23', to: '2026-11-21' })
  expect(ask('to=2026-01-31')).toEqual({ from: '2026-01-02', to: '2026-01-31' })
  expect(ask('from=2026-11-01')).toEqual({ from: '2026-11-01', to: '2026-11-21' })
  // A form whose days were left empty; the documents of old write the call like this.
  expect(ask('from=&to=')).toEqual(ask(''))
  expect(ask('from=&to=2026-01-31')).toEqual(ask('to=2026-01-31'))
  expect(ask('from=2027-01-01')).toEqual({ from: '2027-01-01', to: '2027-01-01' })
})

test('bad input has a stable code and the field to blame', () => {
  const problems: [string, string, string][] = [
    ['from=yesterday', 'invalid_date', 'from'],
    ['to=2026-02-30', 'invalid_date', 'to'],
    ['to=1970-01-05', 'invalid_date', 'to'],
    ['from=2026-11-02&to=2026-11-01', 'invalid_range', 'from'],
    ['from=1990-01-01', 'range_too_long', 'from'],
    ['from=2026-11-01&from=2026-11-02', 'repeated_parameter', 'from'],
  ]
  for (const [query, code, field] of problems) expect(ask(query)).toMatchObject({ status: 400, code, field })
})

test('a range is the one that is asked for; it ends today unless all of it is to come', () => {
  const range = (query: string) => exactRangeOf(new URLSearchParams(query), '2026-11-21')
  expect(range('range=yesterday')).toEqual({ preset: 'yesterday', from: '2026-11-20', to: '2026-11-20' })
  expect(range('from=2026-11-20')).toEqual({ preset: 'custom', from: '2026-11-20', to: '2026-11-21' })
  expect(range('from=2026-11-01&to=2026-12-31')).toMatchObject({ from: '2026-11-01', to: '2026-11-21' })
  expect(range('from=2026-12-01&to=2026-12-31')).toMatchObject({ from: '2026-12-01', to: '2026-12-01' })
  expect(range('from=2026-11-02&to=2026-11-01')).toMatchObject({ code: 'invalid_range', field: 'from' })
})
