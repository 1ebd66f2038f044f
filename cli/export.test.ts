/** `export` writes the rows of the days asked for, whole or not at all. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'

let install: TestClickHouse
let folder: string

beforeAll(async () => {
  install = await startMigrated()
  folder = await mkdtemp(join(tmpdir(), 'rtpx-export-'))
  await install.clickhouse.command(`
    INSERT INTO events_log (event_id, site_id, event_type, player_id, event_date)
    SELECT generateUUIDv4(), if(number % 2 = 0, 'a', 'b'), 'visit', if(number = 1, '=1+1', toString(number)),
      toDate('2026-01-01') + number
    FROM numbers(10)`)
}, 180_000)
afterAll(async () => {
  await install?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function run(...args: string[]) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'main.ts'), 'export', ...args], {
    env: { ...process.env, CLICKHOUSE_URL: install.url, RTPX_DATA: folder },
    cwd: folder,
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return { code: await child.exited, out, error }
}

test('writes CSV of some days of one site, and text that is no formula', async () => {
  const { code, out } = await run(
    '--table',
    'events',
    '--from',
    '2026-01-02',
    '--to',
    '2026-01-04',
    '--site',
    'b',
    '--format',
    'csv',
  )
  expect({ code, out: out.replace(/\d+ bytes/, 'n bytes') }).toEqual({
    code: 0,
    out: 'events.csv: n bytes\n',
  })
  const lines = (await readFile(join(folder, 'events.csv'), 'utf8')).trim().split('\n')
  expect(lines[0]).toStartWith('"event_id","site_id","event_type","player_id"')
  expect(
    lines
      .slice(1)
      .map((line) => line.split(',')[3])
      .sort(),
  ).toEqual(['"\'=1+1"', '"3"'])
})

test('writes Parquet of everything', async () => {
  const file = join(folder, 'all.parquet')
  expect((await run('--table', 'events', '--out', file)).code).toBe(0)
  const bytes = await readFile(file)
  expect(bytes.subarray(0, 4).toString()).toBe('PAR1')
  expect(bytes.subarray(-4).toString()).toBe('PAR1')
})

test('refuses what it does not know, and leaves no file', async () => {
  for (const [args, word] of [
    [['--table', 'events_log'], 'one of'],
    [['--table', 'events', '--from', '2026-02-31'], 'a day'],
    [['--table', 'events', '--from', '2026-01-02', '--to', '2026-01-01'], 'is after'],
    [['--table', 'events', '--format', 'xls'], 'parquet or csv'],
    [['--table', 'site_directory', '--from', "2026-01-01'"], 'a day'],
  ] as const) {
    const { code, error } = await run(...args, '--out', 'none')
    expect({ code, says: error.includes(word) }).toEqual({ code: 1, says: true })
  }
  expect(existsSync(join(folder, 'none'))).toBe(false)
  expect(await run('--table', 'events', '--out', 'nowhere/x.parquet')).toMatchObject({
    code: 1,
    out: '',
    error: expect.stringMatching(/^.*--out nowhere\/x\.parquet cannot be written: .*\n$/),
  })
})
