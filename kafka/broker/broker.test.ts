import { afterAll, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tailTopic } from '../admin.ts'
import { kafkaClient } from '../client.ts'
import { tryLock } from './file-lock.ts'
import { ensureJars } from './jars.ts'
import { findJava, findMaven, majorVersion } from './java.ts'
import { prepareBroker } from './prepare.ts'
import { spawnBroker } from './spawn.ts'

const folder = mkdtempSync(join(tmpdir(), 'rtpx broker, ü=1 '))
afterAll(() => rmSync(folder, { recursive: true }))

/** A folder for PATH with one script in it. */
function fakeCommand(name: string, script: string): string {
  const bin = mkdtempSync(join(folder, 'bin-'))
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, name), 0o755)
  return bin
}

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('what was acknowledged is there after kill -9, on whatever port it comes back', async () => {
  const dataDir = join(folder, 'data')
  const first = await spawnBroker({ dataDir })
  const admin = kafkaClient({ brokers: [first.brokers], clientId: 'test' }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 2 }], waitForLeaders: true })
  await admin.disconnect()
  const producer = kafkaClient({ brokers: [first.brokers], clientId: 'test' }).producer()
  await producer.connect()
  const messages = Array.from({ length: 500 }, (_, index) => ({
    value: `event ${index}`,
    partition: index % 2,
  }))
  await producer.send({ topic: 'kept', acks: -1, messages })
  process.kill(first.pid, 'SIGKILL')
  await first.exited
  await producer.disconnect()

  const second = await spawnBroker({ dataDir })
  // A set: a producer that waited too long for the acknowledgement has sent again.
  const kept = new Set<string>()
  await tailTopic(kafkaClient({ brokers: [second.brokers], clientId: 'test' }), {
    topic: 'kept',
    fromBeginning: true,
    signal: AbortSignal.timeout(60_000),
    onEvent: (line) => kept.add(line).size < messages.length,
  })
  expect([...kept].sort()).toEqual(messages.map(({ value }) => value).sort())

  const port = Number(second.brokers.split(':')[1])
  await expect(spawnBroker({ dataDir: join(folder, 'other'), port })).rejects.toThrow(
    `port ${port} on 127.0.0.1 is taken, Kafka cannot have it`,
  )
  await expect(spawnBroker({ dataDir })).rejects.toThrow('Kafka stopped while starting')

  await second.stop()
  expect(alive(second.pid)).toBe(false)
}, 180_000)

test('an idle connection of the client neither warns nor spins', async () => {
  const broker = await spawnBroker({ dataDir: join(folder, 'idle') })
  const script = `
    import { kafkaClient } from ${JSON.stringify(join(import.meta.dir, '..', 'client.ts'))}
    const admin = kafkaClient({ brokers: ['${broker.brokers}'], clientId: 'test' }).admin()
    await admin.connect()
    await Bun.sleep(100)
    let timers = 0
    const { setTimeout: original } = globalThis
    globalThis.setTimeout = (...args) => { timers++; return original(...args) }
    await new Promise((resolve) => original(resolve, 500))
    globalThis.setTimeout = original
    await admin.disconnect()
    console.log(timers)`
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'pipe' })
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  await broker.stop()
  expect(error).toBe('')
  expect(Number(out)).toBeLessThan(10)
}, 180_000)

test('an old, a broken and a missing Java each have one line that says what to install', async () => {
  const old = fakeCommand('java', `echo 'openjdk version "11.0.22" 2024-01-16' >&2`)
  await expect(findJava({ PATH: old })).rejects.toThrow(
    /^Java 11 found, Kafka needs 17: install it, for example by \S+ install/,
  )
  const broken = fakeCommand('java', 'echo "Unable to locate a Java Runtime." >&2; exit 1')
  await expect(findJava({ PATH: broken })).rejects.toThrow('does not run (Unable to locate a Java Runtime.)')
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  await expect(findJava({ PATH: empty })).rejects.toThrow('no Java found: install it')
  await expect(findJava({ JAVA_HOME: empty, PATH: old })).rejects.toThrow('JAVA_HOME has no')
  await expect(prepareBroker({ dataDir: join(folder, 'none'), env: { PATH: old } })).rejects.toThrow(
    'Java 11 found',
  )
  expect(() => findMaven({ PATH: empty })).toThrow('no Maven found: install it')
})

test('the release of a Java version', () => {
  const releases = { '1.8.0_412': 8, '11.0.22': 11, '17.0.15': 17, '21': 21, '24-ea': 24, '25+36': 25 }
  for (const [version, release] of Object.entries(releases)) expect(majorVersion(version)).toBe(release)
})

test('two processes that need the jars copy them once, and a Maven that fails leaves no folder', async () => {
  const libs = join(folder, 'libs')
  const pom = join(folder, 'pom.xml')
  writeFileSync(pom, '<project/>')
  const calls = join(folder, 'calls')
  const copy = fakeCommand(
    'mvn',
    `echo called >> "${calls}"; sleep 0.3
     for a in "$@"; do case "$a" in -DoutputDirectory=*) mkdir -p "\${a#*=}"; touch "\${a#*=}/a.jar";; esac; done`,
  )
  const failing = fakeCommand('mvn', 'echo "[ERROR] Could not transfer artifact"; exit 1')
  const env = (bin: string) => ({ PATH: `${bin}:${process.env.PATH}` })
  await expect(ensureJars(env(failing), undefined, libs, pom)).rejects.toThrow(
    'could not fetch Kafka: Could not transfer artifact',
  )
  const script = `
    import { ensureJars } from ${JSON.stringify(join(import.meta.dir, 'jars.ts'))}
    console.log(await ensureJars(process.env, undefined, ${JSON.stringify(libs)}, ${JSON.stringify(pom)}))`
  const folders = await Promise.all(
    [1, 2, 3].map(async () => {
      const child = Bun.spawn([process.execPath, '-e', script], { env: env(copy), stdout: 'pipe' })
      return (await new Response(child.stdout).text()).trim()
    }),
  )
  expect(new Set(folders).size).toBe(1)
  expect(await Bun.file(join(folders[0] ?? '', 'a.jar')).exists()).toBe(true)
  expect((await Bun.file(calls).text()).trim()).toBe('called')
  writeFileSync(pom, '<project><!-- changed --></project>')
  expect(await ensureJars(env(copy), undefined, libs, pom)).not.toBe(folders[0] ?? '')
})

test('a file lock is held against others and goes when its process is killed', async () => {
  const path = join(folder, 'some.lock')
  const script = `
    import { tryLock } from ${JSON.stringify(join(import.meta.dir, 'file-lock.ts'))}
    console.log(tryLock(${JSON.stringify(path)}) ? 'held' : 'refused')
    await Bun.sleep(60_000)`
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' })
  const said = await child.stdout.getReader().read()
  expect(new TextDecoder().decode(said.value).trim()).toBe('held')
  expect(tryLock(path)).toBeUndefined()
  child.kill('SIGKILL')
  await child.exited
  const held = tryLock(path)
  expect(held).toBeDefined()
  expect(tryLock(path)).toBeUndefined()
  held?.release()
})
