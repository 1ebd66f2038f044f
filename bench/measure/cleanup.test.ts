import { expect, spyOn, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from './child.ts'
import { Cleanup } from './cleanup.ts'

test('undoes in reverse, once, whatever a step throws', async () => {
  const cleanup = new Cleanup()
  const undone: number[] = []
  const complaints = spyOn(console, 'error').mockImplementation(() => {})
  cleanup.add(() => undone.push(1))
  cleanup.add(() => {
    throw new Error('stuck')
  })
  cleanup.add(async () => undone.push(3))
  await Promise.all([cleanup.run(), cleanup.run()])
  expect(complaints).toHaveBeenCalledTimes(1)
  complaints.mockRestore()
  expect(undone).toEqual([3, 1])
  expect(() => cleanup.add(() => {})).toThrow('interrupted')
})

test('what is still beginning is waited for and undone; what failed to begin is not', async () => {
  const cleanup = new Cleanup()
  const undone: string[] = []
  const slow = cleanup.hold(
    () => Bun.sleep(20).then(() => 'slow'),
    (value) => undone.push(value),
  )
  const failing = cleanup.hold(
    () => Promise.reject(new Error('no')),
    () => undone.push('failed'),
  )
  await expect(failing).rejects.toThrow('no')
  await cleanup.run()
  expect(undone).toEqual(['slow'])
  expect(await slow).toBe('slow')
})

test('stops its processes, and starts none afterwards', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtpx-child-'))
  const cleanup = new Cleanup()
  const logFile = join(folder, 'log')
  const child = startChild({ command: ['sh', '-c', 'echo started; exec sleep 60'], logFile }, cleanup)
  while (!child.output().includes('started')) await Bun.sleep(5)
  await cleanup.run()
  expect(await child.exited).not.toBe(0)
  expect(() => process.kill(child.pid, 0)).toThrow()
  expect(() => startChild({ command: ['true'], logFile }, cleanup)).toThrow('interrupted')
  rmSync(folder, { recursive: true })
})
