import { describe, expect, test } from 'bun:test'
import { costKey, fieldsOf } from '#lib/campaigns/cost-entry.ts'
import { csvFile } from '#lib/csv.ts'
import { MAX_LINES, readCostFile } from './cost-file.ts'

const HEAD = 'banner_tag,from_day,to_day,amount,currency,note'
const LINE = 'summer_tv,2026-11-01,2026-11-30,100,EUR,'
const NONE: ReadonlySet<string> = new Set()

describe('a file of costs', () => {
  test('is read with columns in any order, commas, semicolons or tabs, and a byte-order mark', () => {
    for (const separator of [',', ';', '\t']) {
      const lines = [
        ['Currency', 'amount', 'TO', 'from', 'banner', 'applies_to'],
        ['eur', '10.50', '2026-11-02', '2026-11-01', 'summer_', 'Prefix'],
        ['', '', '', '', '', ''],
        ['USD', '7', '2026-11-02', '2026-11-02', 'tv', ''],
      ]
      const file = readCostFile(`\ufeff${lines.map((line) => line.join(separator)).join('\r\n')}\r\n`, NONE)
      expect(file.errors).toEqual([])
      expect(file.costs).toMatchObject([
        { banner_tag: 'summer_', is_prefix: true, amount: '10.50', currency: 'EUR' },
        { banner_tag: 'tv', is_prefix: false, amount: '7', currency: 'USD' },
      ])
    }
  })

  test('says what is wrong in which line, as an editor counts them', () => {
    const file = readCostFile(
      [
        HEAD,
        `a,2026-11-01,2026-11-02,1,EUR,"two`,
        `lines"`,
        '',
        'b,2026-11-01,x,"1,200",EUR,',
        `c,2026-11-01,2026-11-02,1,EUR,n,more`,
      ].join('\n'),
      NONE,
    )
    expect(file.errors).toMatchObject([
      { line: 5, field: 'to_day' },
      { line: 5, field: 'amount' },
      { line: 6, field: null, message: expect.stringContaining('more cells than columns') },
    ])
  })

  test.each([
    ['', 1, 'empty'],
    [HEAD, 1, 'no cost below'],
    [`banner_tag,from_day\na,2026-11-01`, 1, 'to_day, amount, currency is not among them'],
    [`${HEAD},colour\n${LINE},red`, 1, '“colour” is no column'],
    [
      [HEAD, ...Array.from({ length: MAX_LINES + 1 }, (_, at) => LINE.replace('100', String(at + 1)))].join(
        '\n',
      ),
      1,
      `may have ${MAX_LINES}`,
    ],
  ])('is refused as a whole: %j', (text, line, words) => {
    const { costs, errors } = readCostFile(text, NONE)
    expect([costs, errors]).toEqual([[], [{ line, field: null, message: expect.stringContaining(words) }]])
  })

  test('enters nothing twice', () => {
    const once = readCostFile(`${HEAD}\n${LINE}`, NONE)
    expect(once.errors).toEqual([])
    expect(readCostFile(`${HEAD}\n${LINE}\n${LINE.replace('100', '100.00')}`, NONE).errors).toMatchObject([
      { line: 3, message: expect.stringContaining('line 2') },
    ])
    expect(readCostFile(`${HEAD}\n${LINE}`, new Set(once.costs.map(costKey))).errors).toMatchObject([
      { line: 2, message: expect.stringContaining('entered already') },
    ])
  })

  test('that rtpx wrote itself comes back as it was, whatever the cells hold', () => {
    const banners = [
      '=1+1',
      '@x',
      '-a',
      '+b',
      ' \u202e=evil',
      "'=quoted",
      '<script>',
      'a,b;c"d',
      "O'Brien",
      '＝wide',
    ]
    const costs = banners.map((banner_tag, at) => ({
      ...fieldsOf({
        banner_tag: banner_tag.trim(),
        is_prefix: at % 2 === 0,
        from_day: '2026-11-01',
        to_day: '2026-11-02',
        amount: String(at + 1),
        currency: 'EUR',
        decimals: 2,
        note: `=cmd|'/c'!A${at}`,
      }),
    }))
    const columns = ['banner_tag', 'applies_to', 'from_day', 'to_day', 'amount', 'currency', 'note'] as const
    const text = csvFile([columns, ...costs.map((cost) => columns.map((column) => cost[column]))])
    const read = readCostFile(text, NONE)
    expect(read.errors).toEqual([])
    const expected = costs.map((cost) =>
      cost.banner_tag === "'=quoted" ? { ...cost, banner_tag: '=quoted' } : cost,
    )
    expect(read.costs.map(fieldsOf)).toEqual(expected)
  })
})
