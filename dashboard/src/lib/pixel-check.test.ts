import { expect, test } from 'bun:test'
import { movesOf, pixelAddress } from './pixel-check.ts'

test.each([
  [' https://e.test/visit?a=1&b=2\n', 'https://e.test/visit?a=1&b=2'],
  ['<img src="https://e.test/visit?a=1&amp;b=2" width="1">', 'https://e.test/visit?a=1&b=2'],
  ["<img width=1 src='https://e.test/visit'>", 'https://e.test/visit'],
  ['<img src=https://e.test/visit>', 'https://e.test/visit'],
  ['javascript:alert(1)', undefined],
  ['/visit?a=1', undefined],
  ['https://e.test/visit?a=1 2', undefined],
  ['', undefined],
])('in %p is the address %p', (pasted, address) => {
  expect(pixelAddress(pasted)).toBe(address)
})

const EVENT = {
  event_type: 'deposit',
  event_date: '2026-11-21',
  banner_tag: 'b',
  amount: '25.00',
  currency: 'EUR',
  transaction_id: 't1',
}
const NOTHING = { same_event: false, same_day: false, credited: '', same_payment: false }
const by = (standing: Partial<typeof NOTHING>) =>
  movesOf(EVENT, { ...NOTHING, ...standing }).map(({ number, by }) => [number, by])

test('which numbers move: each player once a day, each payment once, each event once', () => {
  expect(by({})).toEqual([
    ['Raw events', '+1'],
    ['Deposits, 21 Nov', '+1'],
    ['Amount, 21 Nov', '+25.00 EUR'],
  ])
  expect(by({ same_day: true, credited: 'other' })).toEqual([
    ['Raw events', '+1'],
    ['Deposits, 21 Nov', ''],
    ['Amount, 21 Nov', '+25.00 EUR'],
  ])
  expect(by({ same_payment: true })[2]).toEqual(['Amount, 21 Nov', ''])
  expect(by({ same_event: true })).toEqual([['Everything', '']])
  expect(
    movesOf({ event_type: 'page_view', event_date: '2026-11-21' }, NOTHING).map(({ number }) => number),
  ).toEqual(['Raw events', 'Page view, 21 Nov'])
})
