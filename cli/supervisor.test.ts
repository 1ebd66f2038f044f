import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { boundLog, lastLines, linesFrom } from './logs.ts'
import type { Part } from './parts/part.ts'
import { endProcess, identify, isAlive, type ProcessIdentity, signalProcess } from './process-identity.ts'
import { clearState, orphans, runningSystem, type SystemState, trySupervise, writeState } from './state.ts'
import { Supervised } from './supervisor.ts'

const folder = mkdtempSync(join(tmpdir(), 'rtpx cli '))
afterAll(() => rmSync(folder, { recursive: true }))

const known = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('expected a value')
  return value
}

/** A part that is a shell script; ready when its file is there. */
function scriptPart(script: string): Part {
  const readyFile = join(mkdtempSync(join(folder, 'part-')), 'ready')
  return {
    name: 'edge',
    title: 'Edge',
    address: '',
    readyTimeoutMs: 10_000,
    stopTimeoutMs: 500,
    command: async () => {
      rmSync(readyFile, { force: true })
      return {
        argv: ['sh', '-c', script],
        cwd: folder,
        env: { ...process.env, READY: readyFile },
        ready: async () => existsSync(readyFile),
      }
    },
  }
}

function supervise(part: Part, said: string[] = []): Supervised {
  return new Supervised(part, {
    logFile: join(mkdtempSync(join(folder, 'log-')), 'part.log'),
    changed: () => {},
    say: (line) => said.push(line),
    signal: new AbortController().signal,
  })
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not come to pass')
    await Bun.sleep(10)
  }
}

test('a part that is killed comes back as another process, until it is stopped', async () => {
  const said: string[] = []
  const part = supervise(scriptPart('touch "$READY"; exec sleep 60'), said)
  await part.start()
  const first = known(part.state.process)
  part.kill('SIGKILL')
  await until(() => part.state.status === 'ready' && part.state.restarts === 1)
  const second = known(part.state.process)
  expect(second.pid).not.toBe(first.pid)
  expect(said[0]).toBe('Edge was killed (SIGKILL): starting it again')
  expect(said[1]).toMatch(/^Edge is back after [\d.]+ s$/)
  await part.stop()
  expect(isAlive(second)).toBe(false)
  expect(part.state).toMatchObject({ status: 'down' })
})

test('a part that cannot start says how it ended and the end of its log, and is gone', async () => {
  const part = supervise(scriptPart('echo first; echo "the port is taken" >&2; exit 3'))
  await expect(part.start()).rejects.toThrow(
    /^Edge ended with exit code 3; its log \(.*\) ends:\n {2}first\n {2}the port is taken$/,
  )
  expect(part.state.process).toBeUndefined()
})

test('a part that is never ready is killed', async () => {
  const slow = { ...scriptPart('exec sleep 60'), readyTimeoutMs: 100 }
  const part = supervise(slow)
  await expect(part.start()).rejects.toThrow('Edge was not ready after 0.1 s')
  expect(part.state.process).toBeUndefined()
})

test('a part that will not stop is killed when its time is up, also while it waits to be started again', async () => {
  const deaf = supervise(scriptPart('trap "" TERM; touch "$READY"; while :; do sleep 0.05; done'))
  await deaf.start()
  const process = known(deaf.state.process)
  await deaf.stop()
  expect(isAlive(process)).toBe(false)

  let starts = 0
  const failing = scriptPart('touch "$READY"; exec sleep 60')
  const part = supervise({
    ...failing,
    command: () => (starts++ === 0 ? failing.command() : Promise.reject(new Error('no'))),
  })
  await part.start()
  part.kill('SIGKILL')
  await until(() => starts > 3)
  await part.stop()
  const after = starts
  await Bun.sleep(50)
  expect(starts).toBe(after)
})

test('a pid that is used again is not the process that had it', async () => {
  const child = Bun.spawn(['sleep', '60'])
  const identity = known(identify(child.pid))
  const earlier: ProcessIdentity = { ...identity, started: `${identity.started}0` }
  expect(isAlive(earlier)).toBe(false)
  expect(signalProcess(earlier, 'SIGKILL')).toBe(false)
  expect(isAlive(identity)).toBe(true)
  await endProcess(identity, 5_000)
  expect(isAlive(identity)).toBe(false)
  expect(identify(child.pid)).toBeUndefined()
})

test('orphans are the parts whose supervisor is gone, exactly and in the order to stop them', async () => {
  const dataDir = mkdtempSync(join(folder, 'data-'))
  const supervisor = Bun.spawn(['sleep', '60'])
  const [kafka, edge, dead] = [1, 2, 3].map(() => Bun.spawn(['sleep', '60']))
  const part = (name: 'kafka' | 'edge' | 'clickhouse' | 'dashboard', identity?: ProcessIdentity) => ({
    name,
    ...(identity ? { process: identity } : {}),
    status: 'ready' as const,
    address: '',
    since: 0,
    restarts: 0,
  })
  const of = (child: { pid: number } | undefined) => known(identify(known(child).pid))
  const reused = { ...of(kafka), started: 'before' }
  const state: SystemState = {
    supervisor: of(supervisor),
    phase: 'ready',
    queue: 'kafka',
    urls: { edge: '', dashboard: '', clickhouse: '', aggregator: '' },
    parts: [
      part('kafka', of(kafka)),
      part('clickhouse', of(dead)),
      part('edge', of(edge)),
      part('dashboard', reused),
    ],
  }
  known(trySupervise(dataDir)).release()
  writeState(dataDir, state)
  dead?.kill()
  await dead?.exited
  expect(orphans(dataDir)).toEqual([])
  expect(runningSystem(dataDir)?.phase).toBe('ready')
  supervisor.kill()
  await supervisor.exited
  expect(runningSystem(dataDir)).toBeUndefined()
  expect(orphans(dataDir).map(({ name }) => name)).toEqual(['edge', 'kafka'])
  for (const child of [kafka, edge]) child?.kill()
  await Promise.all([kafka?.exited, edge?.exited])
  expect(orphans(dataDir)).toEqual([])
  writeFileSync(join(dataDir, 'run', 'system.json'), '{"half":')
  expect(orphans(dataDir)).toEqual([])
  clearState(dataDir)
})

test('a log is bounded while a process writes to it, and read by its complete lines', () => {
  const path = join(folder, 'bounded.log')
  writeFileSync(path, 'one\ntwo\nunfinished')
  expect(linesFrom(path, 0)).toEqual({ lines: ['one', 'two'], end: 8 })
  expect(linesFrom(path, 4).lines).toEqual(['two'])
  expect(lastLines(path, 2)).toEqual(['two', 'unfinished'])
  boundLog(path, 1_000)
  expect(existsSync(`${path}.1`)).toBe(false)
  boundLog(path, 5)
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('one\ntwo\nunfinished')
  writeFileSync(path, 'three\n', { flag: 'a' })
  expect(linesFrom(path, 8)).toEqual({ lines: ['three'], end: 6 })
})
