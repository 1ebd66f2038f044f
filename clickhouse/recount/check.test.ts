/** The comparison itself, on tables made for it: equal sides give nothing, every kind of difference is told exactly. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { ClickHouse } from '../client.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { type RecountCheck, recountDay } from './check.ts'
import { recountChecks } from './index.ts'

let started: TestClickHouse
let clickhouse: ClickHouse
const day = { site_id: 'shop', event_date: '2026-02-27' }

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
})
afterAll(() => started?.stop())

/** A table of banners and counts from literal rows, beside the site and day every check is asked for. */
const table = (rows: string) =>
  `SELECT * FROM values('banner_tag String, count UInt64, last Nullable(UInt64)', ${rows})
   WHERE {site_id:String} = 'shop' AND {event_date:Date} = '2026-02-27'`

test('names what is missing, what is too much and what is another', async () => {
  const check: RecountCheck = {
    table: 'made_up',
    key: ['banner_tag'],
    expected: table("('same', 1, NULL), ('missing', 2, NULL), ('other', 18446744073709551615, 1)"),
    stored: table("('other', 18446744073709551614, 1), ('same', 1, NULL), ('surplus', 4, NULL)"),
  }
  const { differences, rows } = await recountDay(clickhouse, check, day)
  expect(rows).toBe(4)
  expect(differences).toEqual([
    {
      table: 'made_up',
      ...day,
      key: { banner_tag: 'missing' },
      expected: { banner_tag: 'missing', count: '2', last: null },
      stored: null,
    },
    {
      table: 'made_up',
      ...day,
      key: { banner_tag: 'other' },
      expected: { banner_tag: 'other', count: '18446744073709551615', last: '1' },
      stored: { banner_tag: 'other', count: '18446744073709551614', last: '1' },
    },
    {
      table: 'made_up',
      ...day,
      key: { banner_tag: 'surplus' },
      expected: null,
      stored: { banner_tag: 'surplus', count: '4', last: null },
    },
  ])
  expect(await recountDay(clickhouse, { ...check, stored: check.expected }, day)).toEqual({
    differences: [],
    rows: 0,
  })
  expect(await recountDay(clickhouse, check, day, 1)).toMatchObject({ differences: [{}], rows: 4 })
})

test('a row that stands twice on one side is a difference', async () => {
  const check = {
    table: 'made_up',
    expected: table("('a', 1, 1)"),
    stored: table("('a', 1, 1), ('a', 1, 1)"),
  }
  expect(await recountDay(clickhouse, check, day)).toMatchObject({
    differences: [
      { key: { banner_tag: 'a', count: '1', last: '1' }, expected: null, stored: { count: '1' } },
    ],
    rows: 1,
  })
})

test('columns are compared by name', async () => {
  const check = {
    table: 'made_up',
    expected: 'SELECT 1 AS a, 2 AS b WHERE {site_id:String} != toString({event_date:Date})',
    stored: 'SELECT 2 AS b, 1 AS a WHERE {site_id:String} != toString({event_date:Date})',
  }
  expect(await recountDay(clickhouse, check, day)).toEqual({ differences: [], rows: 0 })
})

test('every check runs, and an empty day has no difference', async () => {
  for (const check of recountChecks)
    expect(await recountDay(clickhouse, check, day)).toEqual({ differences: [], rows: 0 })
})
