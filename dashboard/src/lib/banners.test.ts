import { describe, expect, test } from 'bun:test'
import { bannerRows, MAX_BANNERS, nextSort, parseSort, restOf, sortRows } from './banners.ts'
import { csvFile } from './csv.ts'

const row = (banner_tag: string, visit: number, registration = 0, deposit = 0) => ({
  banner_tag,
  visit,
  registration,
  deposit,
})

describe('banner rows', () => {
  test('leave out what has none of the three, most visits first', () => {
    const counts = new Map([
      ['a', { visit: 1 }],
      ['b', { visit: 5, deposit: 2 }],
      ['', { page_view: 9 }],
    ])
    expect(bannerRows(counts)).toEqual([row('b', 5, 0, 2), row('a', 1)])
  })

  test('with the rest add up to the totals, however many banners there are', () => {
    const counts = new Map(
      Array.from({ length: MAX_BANNERS + 7 }, (_, index) => [`tag${index}`, { visit: 1 }]),
    )
    const rows = bannerRows(counts)
    expect(rows).toHaveLength(MAX_BANNERS)
    expect(restOf(rows, { visit: counts.size })).toEqual({ visit: 7, registration: 0, deposit: 0 })
    expect(restOf(rows, { visit: MAX_BANNERS })).toBeUndefined()
  })
})

describe('sorting', () => {
  const rows = [row('b', 10, 1, 1), row('A', 20, 1), row('c', 0, 0, 3)]
  const order = (sort: string | null) => sortRows(rows, parseSort(sort)).map(({ banner_tag }) => banner_tag)

  test('by any column, either way; rates of nothing come last', () => {
    expect(order(null)).toEqual(['A', 'b', 'c'])
    expect(order('visit')).toEqual(['c', 'b', 'A'])
    expect(order('banner_tag')).toEqual(['A', 'b', 'c'])
    expect(order('-banner_tag')).toEqual(['c', 'b', 'A'])
    expect(order('-visit_to_registration')).toEqual(['b', 'A', 'c'])
    expect(order('visit_to_registration')).toEqual(['A', 'b', 'c'])
    expect(order('-nonsense')).toEqual(['A', 'b', 'c'])
  })

  test('turns round with a second click and leaves the default out of the URL', () => {
    expect(nextSort(parseSort(null), 'deposit')).toBe('-deposit')
    expect(nextSort(parseSort('-deposit'), 'deposit')).toBe('deposit')
    expect(nextSort(parseSort('visit'), 'visit')).toBeNull()
    expect(nextSort(parseSort(null), 'banner_tag')).toBe('banner_tag')
  })
})

describe('CSV', () => {
  test('never holds a formula, a broken line or a broken cell', () => {
    const hostile = [
      '=1+1',
      '+1',
      '-1+1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      ' =1',
      '＝1',
      '\u200b=1',
      'a,b',
      'a"b',
      'a\nb',
      'plain',
    ]
    expect(csvFile([hostile])).toBe(
      `\ufeff'=1+1,'+1,'-1+1,'@SUM(A1),"'\t=1","'\r=1",' =1,'＝1,'\u200b=1,"a,b","a""b","a\nb",plain\r\n`,
    )
  })

  test('writes numbers as numbers', () => {
    expect(csvFile([['x', -1, 0.25]])).toBe('\ufeffx,-1,0.25\r\n')
  })
})
