import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cleanup } from '../measure/cleanup.ts'
import { bunTool } from './bun.ts'
import { load, loadNote, loadTool, readResult } from './load.ts'
import { ohaTool } from './oha.ts'
import { wrkTool } from './wrk.ts'

const WRK = `Running 1s test @ http://127.0.0.1:8787
  1 threads and 16 connections
RESULT {"rate":1000.5,"p50Ms":1.200,"p99Ms":3.400,"p999Ms":5.600,"errors":2}
`

test('what wrk tells is read', () => {
  expect(readResult(wrkTool, WRK)).toEqual({ rate: 1000.5, p50Ms: 1.2, p99Ms: 3.4, p999Ms: 5.6, errors: 2 })
  expect(() => readResult(wrkTool, 'unable to connect')).toThrow('the load failed (wrk): unable to connect')
})

test('what oha 1.16 told of 2 s in which each thousandth answer was a 503: only 2xx count, who was under way did not fail', async () => {
  const sample = await Bun.file(join(import.meta.dir, 'testing/oha-1.16.json')).text()
  const told = readResult(ohaTool, sample)
  expect(told.rate).toBeCloseTo(166_364 / 2.005676247)
  expect(told.p50Ms).toBeCloseTo(0.696104)
  expect(told).toMatchObject({ p99Ms: 2.016584, p999Ms: 3.898112, errors: 166 })
  const refused = await Bun.file(join(import.meta.dir, 'testing/oha-1.16-refused.json')).text()
  expect(readResult(ohaTool, refused)).toEqual({ rate: 0, p50Ms: 0, p99Ms: 0, p999Ms: 0, errors: 19_487 })
})

test('the first one that is installed is used, or the one asked for; who has none hears how to', () => {
  const having =
    (...programs: string[]) =>
    (program: string) =>
      programs.includes(program)
  expect(loadTool('', having('oha', 'wrk'))).toBe(wrkTool)
  expect(loadTool('', having('oha'))).toBe(ohaTool)
  expect(loadTool('', having())).toBe(bunTool)
  expect(loadTool('bun', having('oha', 'wrk'))).toBe(bunTool)
  expect(() => loadTool('wrk', having('oha'))).toThrow('here are oha,bun')
  expect(loadNote(wrkTool)).toBe('load: wrk')
  expect(loadNote(bunTool)).toContain('cargo install oha')
})

const tools = [wrkTool, ohaTool, bunTool].filter(({ program }) => !program || Bun.which(program))

test.each(tools)(
  'pixels and batches of $name are as the others send them; how busy it was is told',
  async (tool) => {
    const seen = new Map<string, number>()
    using server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      async fetch(request) {
        const { pathname, search } = new URL(request.url)
        const body = await request.text()
        const kind = `${request.method} ${pathname} ${search.replaceAll(/\d+/g, 'N')} ${request.headers.get('user-agent')?.slice(-7)}`
        const of = body
          ? `${kind} ${(JSON.parse(body) as unknown[]).length} ${Object.keys(JSON.parse(body)[0])}`
          : kind
        seen.set(of, (seen.get(of) ?? 0) + 1)
        return new Response('ok')
      },
    })
    const folder = mkdtempSync(join(tmpdir(), 'rtpx-load-'))
    const options = { port: server.port ?? 0, connections: 4, seconds: 1, logFile: join(folder, 'log') }
    const pixels = await load(options, new Cleanup(), tool)
    const batches = await load({ ...options, batch: 10 }, new Cleanup(), tool)
    rmSync(folder, { recursive: true })
    expect([...seen.keys()]).toEqual([
      'GET /visit ?player_id=pN&banner_tag=bN x/144.0',
      'POST /api/events  x/144.0 10 event_type,visitor_id,player_id,banner_tag,domain,path',
    ])
    expect([pixels.errors, batches.errors]).toEqual([0, 0])
    for (const { rate, busy, p50Ms, p999Ms } of [pixels, batches]) {
      expect(rate).toBeGreaterThan(0)
      expect(busy).toBeGreaterThan(0)
      expect(p999Ms).toBeGreaterThanOrEqual(p50Ms)
    }
  },
)
