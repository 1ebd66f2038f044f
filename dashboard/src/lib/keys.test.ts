import { expect, test } from 'bun:test'
import { actionOf } from './keys.ts'

const press = (key: string, rest = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  defaultPrevented: false,
  ...rest,
})

test('keys do what the menus show, and nothing while typing or with a modifier', () => {
  expect(actionOf(press('d'), 'none')).toEqual({ kind: 'preset', key: 'today' })
  expect(actionOf(press('M'), 'none')).toEqual({ kind: 'preset', key: 'mtd' })
  expect(actionOf(press('c'), 'none')).toEqual({ kind: 'custom' })
  expect(actionOf(press('x'), 'none')).toEqual({ kind: 'compare' })
  expect(actionOf(press('ArrowLeft'), 'none')).toEqual({ kind: 'step', direction: -1 })
  expect(actionOf(press('Escape'), 'none')).toEqual({ kind: 'clear' })
  expect(actionOf(press('q'), 'none')).toBeUndefined()
  expect(actionOf(press('d'), 'all')).toBeUndefined()
  expect(actionOf(press('ArrowLeft'), 'arrows')).toBeUndefined()
  expect(actionOf(press('Escape'), 'arrows')).toEqual({ kind: 'clear' })
  for (const modifier of ['ctrlKey', 'metaKey', 'altKey', 'defaultPrevented']) {
    expect(actionOf(press('d', { [modifier]: true }), 'none')).toBeUndefined()
  }
})
