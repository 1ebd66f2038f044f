import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockDirectory, processStart, startFromPs } from './lock.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rtpx-lock-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** A process that does nothing until it is killed. */
const sleeper = () => Bun.spawn([process.execPath, '-e', 'await Bun.sleep(60_000)'])

describe('lockDirectory', () => {
  test('is taken once, and again after it was given back', async () => {
    const release = await lockDirectory(directory)
    await expect(lockDirectory(directory)).rejects.toMatchObject({ name: 'SpoolLockedError' })
    await release()
    await (await lockDirectory(directory))()
    expect(await readdir(directory)).toEqual([])
  })

  test('respects another live process, and forgets it once it was killed', async () => {
    const other = sleeper()
    const name = `owner-${other.pid}-${await processStart(other.pid)}`
    await writeFile(join(directory, name), '')
    await expect(lockDirectory(directory)).rejects.toMatchObject({ name: 'SpoolLockedError' })
    expect(await readdir(directory)).toEqual([name])
    other.kill('SIGKILL')
    await other.exited
    const release = await lockDirectory(directory)
    expect(await readdir(directory)).toEqual([expect.stringContaining(`owner-${process.pid}-`)])
    await release()
  })

  test('knows a reused pid by its start', async () => {
    const other = sleeper()
    await writeFile(join(directory, `owner-${other.pid}-0123abcd999`), '')
    await writeFile(join(directory, `owner-${process.pid}-0123abcd999`), '')
    const release = await lockDirectory(directory)
    expect(await readdir(directory)).toHaveLength(1)
    await release()
    other.kill('SIGKILL')
    await other.exited
  })
})

test('the start of a process is its own, where there is no /proc too', async () => {
  const other = sleeper()
  expect(await processStart(other.pid)).not.toBe(await processStart(process.ppid))
  expect(await processStart(other.pid)).toBe(await processStart(other.pid))
  const fromPs = await startFromPs(other.pid)
  expect(fromPs).toMatch(/^[0-9a-z]+$/)
  other.kill('SIGKILL')
  await other.exited
  expect(await processStart(other.pid)).toBeUndefined()
  expect(await startFromPs(other.pid)).toBeUndefined()
})
