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
  expect(actionOf(press('d'), false)).toEqual({ kind: 'preset', key: 'today' })
  expect(actionOf(press('M'), false)).toEqual({ kind: 'preset', key: 'mtd' })
  expect(actionOf(press('c'), false)).toEqual({ kind: 'custom' })
  expect(actionOf(press('ArrowLeft'), false)).toEqual({ kind: 'step', direction: -1 })
  expect(actionOf(press('Escape'), false)).toEqual({ kind: 'clear' })
  expect(actionOf(press('q'), false)).toBeUndefined()
  expect(actionOf(press('d'), true)).toBeUndefined()
  for (const modifier of ['ctrlKey', 'metaKey', 'altKey', 'defaultPrevented']) {
    expect(actionOf(press('d', { [modifier]: true }), false)).toBeUndefined()
  }
})
