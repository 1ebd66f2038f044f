import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { MAX_LINE_BYTES, readLines } from './read-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'rtpx-lines-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

async function linesOf(content: Uint8Array | string) {
  files += 1
  const path = join(folder, `log-${files}`)
  await Bun.write(path, content)
  return Array.fromAsync(readLines(path))
}
const texts = (lines: Awaited<ReturnType<typeof linesOf>>) =>
  lines.map(({ number, bytes }) => [number, bytes?.toString()])

test('numbers lines, with and without a newline at the end', async () => {
  const expected = [
    [1, 'a'],
    [2, ''],
    [3, 'b'],
  ]
  expect(texts(await linesOf('a\r\n\nb'))).toEqual(expected)
  expect(texts(await linesOf('a\n\nb\n'))).toEqual(expected)
  expect(await linesOf('')).toEqual([])
})

test('reads gzip by its content, also of several members', async () => {
  const members = Buffer.concat([gzipSync('a\nb'), gzipSync('c\nd\n')])
  expect(texts(await linesOf(members))).toEqual([
    [1, 'a'],
    [2, 'bc'],
    [3, 'd'],
  ])
})

test('fails when gzip data end early', async () => {
  const whole = gzipSync(crypto.getRandomValues(new Uint8Array(10_000)))
  await expect(linesOf(whole.subarray(0, 5_000))).rejects.toThrow()
})

test('a line without end costs its own bytes only', async () => {
  const lines = await linesOf(`a\n${'x'.repeat(3 * MAX_LINE_BYTES)}\nb`)
  expect(texts(lines)).toEqual([
    [1, 'a'],
    [2, undefined],
    [3, 'b'],
  ])
})

test('every byte comes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200_000, size: 'max' }), async (bytes) => {
      const whole = Buffer.from(bytes).toString('latin1').replaceAll('\r', ' ')
      const lines = await linesOf(Buffer.from(whole, 'latin1'))
      const expected = whole.replace(/\n$/, '').split('\n')
      const tooLong = (line: string) => (line.length > MAX_LINE_BYTES ? undefined : line)
      expect(lines.map((line) => line.bytes?.toString('latin1'))).toEqual(
        whole === '' ? [] : expected.map(tooLong),
      )
    }),
    { numRuns: 30 },
  )
})
