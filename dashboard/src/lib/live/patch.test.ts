import { expect, test } from 'bun:test'
import { applyPatch, diff } from './patch.ts'

const through = (before: unknown, after: unknown) =>
  applyPatch(before, JSON.parse(JSON.stringify(diff(before, after))))

/** A small random JSON value. */
function random(depth: number): unknown {
  const kind = Math.floor(Math.random() * (depth > 0 ? 6 : 4))
  if (kind === 0) return null
  if (kind === 1) return Math.floor(Math.random() * 4)
  if (kind === 2) return ['', 'a/b', '~1', '__proto__', '-'][Math.floor(Math.random() * 5)]
  if (kind === 3) return Math.random() < 0.5
  const items = Array.from({ length: Math.floor(Math.random() * 4) }, () => random(depth - 1))
  if (kind === 4) return items
  const names = ['a', 'b/c', '~', '-', '0']
  return Object.fromEntries(items.map((item, at) => [names[at], item]))
}

test('a patch of two states leads from one to the other', () => {
  for (let round = 0; round < 3_000; round += 1) {
    const [before, after] = [random(4), random(4)]
    expect(through(before, after)).toEqual(after)
  }
})

test('a number that changed is all that is said, and the rest stays the same object', () => {
  const before = { totals: { visit: 1, deposit: 2 }, rows: [{ id: 1 }, { id: 2 }] }
  const patch = diff(before, { totals: { visit: 2, deposit: 2 }, rows: [{ id: 1 }, { id: 2 }] })
  expect(patch).toEqual([{ op: 'replace', path: '/totals/visit', value: 2 }])
  expect((applyPatch(before, patch) as typeof before).rows).toBe(before.rows)
})

test('a list that grows at its front says only what is new, and what fell off its end', () => {
  const before = [{ id: 3 }, { id: 2 }, { id: 1 }]
  const after = [{ id: 5 }, { id: 4 }, { id: 3 }, { id: 2 }]
  expect(diff(before, after)).toEqual([
    { op: 'add', path: '/0', value: { id: 4 } },
    { op: 'add', path: '/0', value: { id: 5 } },
    { op: 'remove', path: '/4' },
  ])
  expect(through(before, after)).toEqual(after)
})
