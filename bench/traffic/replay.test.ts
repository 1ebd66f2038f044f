import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { SinkError } from '@rtpx/edge/sinks/sink'
import { generateLog } from './access-log/generate.ts'
import { listeningEdge } from './testing.ts'

/** A real log outside the project, where there is one. */
const REAL_LOG = resolve(import.meta.dir, '../../../shared/data/access.log')

let edge: ReturnType<typeof listeningEdge>
beforeEach(() => {
  edge = listeningEdge()
})
afterEach(() => edge.stop())

async function logOf(lines: Iterable<string>, name = 'access.log'): Promise<string> {
  const path = join(edge.dataDir, name)
  const text = [...lines].map((line) => `${line}\n`).join('')
  await Bun.write(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}
const generated = (unreadable = 0, lines = 2_500) =>
  generateLog({ seed: 7, lines, from: Date.UTC(2015, 4, 17), unreadable })
const byId = () => new Map(edge.events().map((event) => [event.event_id, event]))

/** How often each 7th word of a file stands there. */
async function awkCounts(path: string): Promise<Record<string, number>> {
  const child = Bun.spawn(['awk', '{ print $7 }', path], { env: { ...process.env, LC_ALL: 'C' } })
  return countsOf((await new Response(child.stdout).text()).trimEnd().split('\n'))
}
function countsOf(texts: readonly (string | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const text of texts) counts[text ?? ''] = (counts[text ?? ''] ?? 0) + 1
  return counts
}

describe('replay', () => {
  test('every line arrives once, with the counts by path that awk finds', async () => {
    const path = existsSync(REAL_LOG) ? REAL_LOG : await logOf(generated(0, 10_000))
    const { code, out } = await edge.run('replay.ts', [path])
    expect(out).toContain('10,000 lines: 10,000 sent, 10,000 accepted, 0 rejected, 0 unreadable')
    expect(code).toBe(0)
    expect(byId().size).toBe(10_000)
    expect(edge.events()).toHaveLength(10_000)
    expect(countsOf(edge.events().map((event) => event.path))).toEqual(await awkCounts(path))
  })

  test('a generated log too, odd lines and all', async () => {
    const path = await logOf(generated())
    expect((await edge.run('replay.ts', [path, '--domain', 'Shop.example'])).code).toBe(0)
    expect(countsOf(edge.events().map((event) => event.path))).toEqual(await awkCounts(path))
    for (const { source_ip, user_agent, domain, metadata } of edge.events()) {
      expect(source_ip).toMatch(/^(10\.0\.0\.|2001:db8::)/)
      expect(user_agent ?? '').not.toContain('Bun')
      expect(domain).toBe('shop.example')
      expect(metadata).toMatch(/^{"method":"(GET|POST)","status":200}$/)
    }
    expect(edge.events().some((event) => event.user_agent === 'odd "agent" \\ A')).toBe(true)
    expect(edge.events().some((event) => event.user_agent === undefined)).toBe(true)
  })

  test('replayed again, compressed and grown, it sends the very same events; --again sends new ones', async () => {
    const path = await logOf(generated(0, 500))
    await edge.run('replay.ts', [path])
    const first = byId()
    await edge.run('replay.ts', [await logOf(generated(0, 600), 'grown.gz')])
    const second = byId()
    // What the edge saw a moment ago it need not send on; most of it was sent on again, unchanged.
    expect(edge.events().length).toBeGreaterThan(900)
    expect(second.size).toBe(600)
    for (const [id, { created_at, ...event }] of first) expect(second.get(id)).toMatchObject(event)
    await edge.run('replay.ts', [path, '--again'])
    expect(byId().size).toBe(1_100)
  })

  test('shifts the last line to now and keeps the distances', async () => {
    const before = Date.now()
    await edge.run('replay.ts', [await logOf(generated(0, 400))])
    const times = edge.events().map(({ occurred_at }) => occurred_at)
    expect(Math.max(...times)).toBeGreaterThanOrEqual(before)
    expect(Math.max(...times)).toBeLessThanOrEqual(Date.now())
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(400_000)
  })

  test('a paced replay sends what is due, when it is due', async () => {
    const path = await logOf(generated(0, 60))
    const { code, out } = await edge.run('replay.ts', [path, '--speed', '300'])
    expect(code).toBe(0)
    expect(out).toContain('60 accepted')
    expect(edge.sink.batches.length).toBeGreaterThan(4)
  })

  test('names the lines that are no requests and goes on', async () => {
    const path = await logOf(['', ...generated(0.02, 1_000), 'no newline at the end \u0000\u0001"'])
    const { code, out } = await edge.run('replay.ts', [path])
    expect(code).toBe(0)
    expect(out).toMatch(/^1,002 lines: (\d+) sent, \1 accepted, 0 rejected, \d+ unreadable/)
    expect(out).toContain('unreadable line 1: empty')
    expect(out).toContain('more unreadable lines')
  })

  test('retries with the same ids while the edge cannot keep events', async () => {
    edge.sink.failure = new SinkError('queue_unavailable', 'gone', true)
    setTimeout(() => {
      edge.sink.failure = undefined
    }, 500)
    const { code, error } = await edge.run('replay.ts', [await logOf(generated())])
    expect(error).toContain('trying again')
    expect(code).toBe(0)
    expect(edge.events()).toHaveLength(2_500)
    expect(byId().size).toBe(2_500)
  })
})

describe('replay that cannot', () => {
  test.each([
    ['no file', [], 'name one file'],
    ['a missing file', ['/nowhere/access.log'], 'cannot be read'],
    ['no log', [import.meta.path], 'holds no request'],
    ['an unknown option', ['x', '--fast'], '--fast'],
    ['a bad speed', ['x', '--speed', '-1'], '--speed'],
    ['no edge', ['x', '--edge', 'nonsense'], 'is no address'],
  ])('says so in one line: %s', async (_, args, message) => {
    const { code, error } = await edge.run('replay.ts', args)
    expect(code).toBe(1)
    expect(error).toContain(message)
    expect(error.trim().split('\n')).toHaveLength(1)
  })

  test('refuses times the edge would not believe', async () => {
    const { code, error } = await edge.run('replay.ts', [await logOf(generated(0, 10)), '--keep-times'])
    expect([code, edge.events().length]).toEqual([1, 0])
    expect(error).toContain('2015-05-17')
  })

  test('fails when the edge refuses: a wrong site', async () => {
    const { code, out } = await edge.run('replay.ts', [await logOf(generated(0, 10)), '--site', 'other'])
    expect(code).toBe(1)
    expect(out).toContain('rejected 10 × bad_key')
    expect(out).toContain('line 1, line 2')
  })
})
