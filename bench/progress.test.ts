import { expect, test } from 'bun:test'
import { progressLine, startProgress } from './progress.ts'

function progress(isTerminal: boolean, total?: number) {
  let text = ''
  let now = 0
  const bar = startProgress({
    label: 'send',
    unit: 'events',
    ...(total !== undefined && { total }),
    isTerminal,
    write: (piece) => {
      text += piece
    },
    now: () => now,
  })
  const at = (ms: number, done: number) => {
    now = ms
    bar.update(done)
  }
  return { at, end: bar.end, text: () => text }
}

test('draws how far it is, how fast, and how long it takes', () => {
  expect(progressLine({ label: 'send', unit: 'events', total: 10_000 }, 5_000, 2_000, 'note')).toBe(
    'send [████████████············]  50 %  5,000 of 10,000 events  2,500/s  2 s left  note',
  )
  expect(progressLine({ label: 'live', unit: 'pixels' }, 12, 4_000, '')).toBe('live  12 pixels  3.0/s')
  expect(progressLine({ label: 'none', unit: 'events', total: 0 }, 0, 0, '')).toContain('100 %')
})

test('redraws one line on a terminal, and writes a line now and then elsewhere', () => {
  const terminal = progress(true, 10)
  for (let ms = 0; ms <= 1_000; ms += 10) terminal.at(ms, ms / 100)
  terminal.end()
  expect(terminal.text().split('\r\x1b[K')).toHaveLength(12)
  expect(terminal.text()).toEndWith('100 %  10 of 10 events  10/s\n')
  const file = progress(false)
  for (let ms = 0; ms <= 12_000; ms += 10) file.at(ms, ms)
  file.end()
  expect(file.text().trimEnd().split('\n')).toHaveLength(3)
  expect(file.text()).not.toContain('\r')
})
