import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './plan.ts'
import { isAlive } from './process-identity.ts'
import { readState, runningSystem, type SystemState } from './state.ts'

// The command as a user runs it: other folder, a path with spaces, real parts, the direct way (the broker has its own tests).
const folder = mkdtempSync(join(tmpdir(), 'rtpx cli '))
const dataDir = join(folder, 'my data')
const MAIN = join(import.meta.dir, 'main.ts')
let ports: Record<string, string>

beforeAll(async () => {
  ports = await freePorts()
})
afterAll(() => rmSync(folder, { recursive: true }))

const environment = (more: Record<string, string> = {}) => ({
  ...process.env,
  KAFKA_BROKERS: '',
  CLICKHOUSE_URL: '',
  QUEUE: 'direct',
  ...ports,
  RTPX_DATA: 'my data',
  ...more,
})

function spawn(args: readonly string[], env: Record<string, string> = {}) {
  return Bun.spawn([process.execPath, MAIN, ...args], {
    cwd: folder,
    env: environment(env),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(args, env)
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return { code: await child.exited, out, error: error.trimEnd() }
}

/** The state on disk once it is as wanted; fails when the `up` that should make it so ends before. */
async function untilState(up: Bun.Subprocess, wanted: (state: SystemState) => boolean): Promise<SystemState> {
  for (;;) {
    const state = runningSystem(dataDir)
    if (state?.supervisor.pid === up.pid && wanted(state)) return state
    if (up.exitCode !== null) throw new Error(`up ended with exit code ${up.exitCode}`)
    await Bun.sleep(20)
  }
}

const isReady = (state: SystemState) => state.phase === 'ready'

const nothingLeft = (state: SystemState | undefined) =>
  state?.parts.every((part) => !part.process || !isAlive(part.process)) ?? true

test('up, ps, db, logs, down: from another folder, in a path with spaces', async () => {
  const up = await run(['up', '--detach'])
  expect(up).toMatchObject({ code: 0, error: '' })
  expect(up.out).toMatch(/Edge +ready on http:\/\/127\.0\.0\.1:\d+ +[\d.]+ s/)
  expect(up.out).not.toContain('\x1b[')
  const tag = /src="([^"]+)"/.exec(up.out)?.[1] ?? ''
  const state = runningSystem(dataDir)
  try {
    const pixel = tag.replaceAll('&amp;', '&').replace('PLAYER', 'p1').replace('BANNER', 'b1')
    expect((await fetch(pixel)).status).toBe(200)
    const counted = await run(['db', '-q', 'SELECT event_type, player_id, banner_tag FROM events'])
    expect(counted).toEqual({ code: 0, out: 'visit\tp1\tb1\n', error: '' })
    const wrong = await run(['db', '-q', 'SELECT nothing_of_that_name'])
    expect(wrong).toMatchObject({ code: 1, out: '' })
    expect(wrong.error).toMatch(/^Code: 47\. DB::Exception: .*\(UNKNOWN_IDENTIFIER\)$/)
    const half = await run(['db', '-q', 'SELECT throwIf(number > 200000) FROM numbers(400000)'])
    expect(half.code).toBe(1)
    expect(half.error).toContain('FUNCTION_THROW_IF_VALUE_IS_NON_ZERO')
    const processes = await run(['ps'])
    for (const part of ['clickhouse', 'edge', 'aggregator', 'dashboard'])
      expect(processes.out).toMatch(new RegExp(`^${part} +ready +\\d+`, 'm'))
    expect((await run(['logs', 'edge'])).out).toContain('the edge listens')
    expect(await run(['logs', 'nothing'])).toMatchObject({ code: 1 })
    expect((await run(['topic', 'list'])).error).toContain('rtpx runs without Kafka')
    expect(await run(['clean', '--yes'])).toMatchObject({
      code: 1,
      error: 'rtpx is up: stop it first with `down`',
    })
    const again = await run(['up'])
    expect(again.code).toBe(0)
    expect(again.out).toContain('rtpx is already up')
    expect(again.out).toContain(tag)
  } finally {
    expect((await run(['down'])).code).toBe(0)
  }
  expect(nothingLeft(state)).toBe(true)
  expect(readState(dataDir)).toBeUndefined()
  expect((await run(['ps'])).out).toBe('rtpx is not up\n')
  expect(await run(['down'])).toMatchObject({ code: 0, out: 'rtpx is not up\n' })
}, 180_000)

test('of two at once one starts and the other waits for it; a killed supervisor leaves orphans that the next one stops', async () => {
  const both = [spawn(['up']), spawn(['up'])]
  const first = await Promise.race(both.map((child) => child.exited.then(() => child)))
  expect(await first.exited).toBe(0)
  expect(await new Response(first.stdout).text()).toContain('rtpx is already up')
  const [winner = first] = both.filter((child) => child !== first)
  const before = await untilState(winner, isReady)
  winner.kill('SIGKILL')
  await winner.exited
  expect(nothingLeft(before)).toBe(false)
  expect((await run(['clean', '--yes'])).code).toBe(1)
  const next = spawn(['up'])
  const state = await untilState(next, isReady)
  expect(nothingLeft(before)).toBe(true)
  expect((await run(['db', '-q', 'SELECT count() FROM events'])).out).toBe('1\n')
  next.kill('SIGINT')
  expect(await next.exited).toBe(0)
  expect(await new Response(next.stdout).text()).toMatch(
    /Left over +stopped edge, aggregator, dashboard, clickhouse of/,
  )
  expect(nothingLeft(state)).toBe(true)
}, 180_000)

test('stopped while starting, it leaves nothing', async () => {
  const child = spawn(['up'])
  const state = await untilState(child, ({ parts }) => parts.some((part) => part.process))
  child.kill('SIGTERM')
  expect(await child.exited).toBe(1)
  expect(await new Response(child.stderr).text()).toBe('stopped while starting\n')
  expect(nothingLeft(state)).toBe(true)
  expect(readState(dataDir)).toBeUndefined()
}, 180_000)

test('what keeps it from starting is one clear line each, exit code 1, and nothing left', async () => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'java'), `#!/bin/sh\necho 'openjdk version "11.0.22" 2024-01-16' >&2\n`)
  chmodSync(join(bin, 'java'), 0o755)
  const oldJava = await run(['up'], { QUEUE: 'kafka', PATH: `${bin}:${process.env.PATH}`, JAVA_HOME: '' })
  expect(oldJava.code).toBe(1)
  expect(oldJava.error).toMatch(/^QUEUE=kafka, but Java 11 found, Kafka needs 17: install it, .*$/)

  const taken = Bun.serve({
    port: Number(ports.EDGE_PORT),
    hostname: '127.0.0.1',
    fetch: () => new Response(),
  })
  expect(await run(['up'])).toMatchObject({
    code: 1,
    error: `port ${ports.EDGE_PORT} on 127.0.0.1 is taken by another program: stop it, or set EDGE_PORT`,
  })
  expect((await run(['up', '--detach'])).code).toBe(1)
  await taken.stop(true)

  const full = await run(['up'], { MIN_FREE_MIB: '999999999' })
  expect(full.error).toMatch(
    /^the disk of RTPX_DATA \(.*my data\) has \d+ MiB free, rtpx wants 999999999: .*$/,
  )
  writeFileSync(join(folder, 'file'), '')
  expect((await run(['up'], { RTPX_DATA: 'file/data' })).error).toMatch(
    /^RTPX_DATA: .*file\/data cannot be written/,
  )
  const bad = await run(['up'], { EDGE_PORT: 'http', QUEUE: 'rabbit', KAFKA_PARTITIONS: '0' })
  expect(bad.code).toBe(1)
  expect(bad.error.split('\n').map((line) => line.split(':')[0])).toEqual(
    expect.arrayContaining(['EDGE_PORT', 'QUEUE', 'KAFKA_PARTITIONS']),
  )
  expect((await run(['up', '--detatch'])).error).toContain('--detatch')
  expect((await run(['sideways'])).code).toBe(1)
  expect(readState(dataDir)).toBeUndefined()
}, 180_000)

test('clean deletes what is of rtpx, and nothing without being told', async () => {
  writeFileSync(join(dataDir, 'holiday.jpg'), '')
  expect(await run(['clean'])).toMatchObject({ code: 1, error: 'there is no terminal to ask on: say --yes' })
  expect(existsSync(join(dataDir, 'clickhouse'))).toBe(true)
  expect((await run(['clean', '--yes'])).out).toContain("left alone what is not rtpx's: holiday.jpg")
  expect(readdirSync(dataDir)).toEqual(['holiday.jpg'])
})
