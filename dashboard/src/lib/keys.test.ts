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
  expect(actionOf(press('/'), 'none')).toEqual({ kind: 'search' })
  expect(actionOf(press('?'), 'none')).toEqual({ kind: 'help' })
  expect(actionOf(press('9'), 'none')).toEqual({ kind: 'site', at: 8 })
  expect(actionOf(press('0'), 'none')).toBeUndefined()
  expect(actionOf(press('q'), 'none')).toBeUndefined()
  expect(actionOf(press('d'), 'all')).toBeUndefined()
  expect(actionOf(press('ArrowLeft'), 'arrows')).toBeUndefined()
  expect(actionOf(press('Escape'), 'arrows')).toEqual({ kind: 'clear' })
  for (const modifier of ['ctrlKey', 'metaKey', 'altKey', 'defaultPrevented']) {
    expect(actionOf(press('d', { [modifier]: true }), 'none')).toBeUndefined()
  }
})

test('Ctrl or Cmd with K searches from a field too, but not from an editor; no other key fires while typing', () => {
  for (const modifier of ['ctrlKey', 'metaKey'])
    for (const taken of ['none', 'all', 'arrows'] as const)
      expect(actionOf(press('k', { [modifier]: true }), taken)).toEqual({ kind: 'search' })
  expect(actionOf(press('k', { ctrlKey: true }), 'editor')).toBeUndefined()
  expect(actionOf(press('k', { ctrlKey: true, altKey: true }), 'none')).toBeUndefined()
  for (const key of ['d', 'x', '/', '?', '1', 'Escape', 'ArrowLeft'])
    for (const taken of ['all', 'editor'] as const) expect(actionOf(press(key), taken)).toBeUndefined()
})
