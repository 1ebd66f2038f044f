import { expect, test } from 'bun:test'
import { changeOf, rateChangeOf } from './change.ts'

test('a change of a count is a share, or a multiple where a share says little', () => {
  expect(changeOf(150, 100)).toEqual({ direction: 'up', amount: '50.0%', words: 'up from 100' })
  expect(changeOf(50, 100)).toEqual({ direction: 'down', amount: '50.0%', words: 'down from 100' })
  expect(changeOf(2_740, 10)).toEqual({ direction: 'up', amount: '×274', words: 'up from 10' })
  expect(changeOf(5, 0)).toEqual({ direction: 'up', amount: '', words: 'none before' })
  expect(changeOf(0, 0)).toEqual({ direction: 'same', amount: '', words: 'none before either' })
})

test('a change of a rate is in points', () => {
  expect(rateChangeOf(0.135, 0.08)).toEqual({ direction: 'up', amount: '5.5 points', words: 'up from 8.0%' })
  expect(rateChangeOf(undefined, 0.08)).toEqual({
    direction: 'same',
    amount: '',
    words: 'nothing to compare',
  })
})
