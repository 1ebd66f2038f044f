import { expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { howLong, keep } from './keep.ts'
import { machine } from './measure/machine.ts'
import { row } from './measure/row.ts'

const result = (seconds?: number) => ({
  measured_at: new Date(0).toISOString(),
  machine: machine(),
  ...(seconds && { seconds }),
  notes: [],
  rows: [row('start', 'warm', 3, 's'), row('start', 'first', 12, 's')],
})

test('rows are kept as JSON, with their plots beside them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtpx-keep-'))
  await keep(folder, 'start', result())
  expect(readdirSync(folder).sort()).toEqual(['start.json', 'start.svg'])
  const { rows } = JSON.parse(readFileSync(join(folder, 'start.json'), 'utf8'))
  expect(Object.keys(rows[0])).toEqual(['bench', 'case', 'value', 'unit', 'ratio_to', 'ratio'])
  rmSync(folder, { recursive: true })
})

test('how long benches take is told from how long they took', () => {
  const kept = new Map([
    ['start', result(90)],
    ['edge', result(600)],
    ['page', result()],
  ])
  expect(howLong(['start', 'edge'], false, kept)).toBe('2 benches, about 12 min')
  expect(howLong(['edge', 'page', 'new'], false, kept)).toBe(
    '3 benches, about 10 min, without 2 that no result tells of',
  )
  expect(howLong(['start', 'edge'], true, kept)).toBe('2 benches, each within a minute')
})
