// kill -9 of a real process on real files, at random moments, several lives in one directory: whatever was acknowledged
// was delivered before the kill or is delivered afterwards.

import { expect, test } from 'bun:test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from './clock.ts'
import { Spool } from './spool.ts'
import { drainIds, SMALL } from './test-kit.ts'

const CHILD = Bun.fileURLToPath(import.meta.resolve('./append-until-killed.ts'))

/** Runs the child until it has printed and then for a while, kills it, and returns its whole lines. */
async function oneLife(directory: string, firstId: number, ms: number): Promise<string[]> {
  const child = Bun.spawn([process.execPath, CHILD, directory, String(firstId)], {
    stdout: 'pipe',
    stderr: 'inherit',
  })
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of child.stdout) {
    if (text === '') setTimeout(() => child.kill('SIGKILL'), ms)
    text += decoder.decode(chunk, { stream: true })
  }
  await child.exited
  expect(child.signalCode).toBe('SIGKILL')
  return text.split('\n').slice(0, -1)
}

test('nothing acknowledged is missing after kill -9', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rtpx-kill-'))
  try {
    const acked = new Set<number>()
    const delivered = new Set<number>()
    for (let life = 0; life < 5; life++) {
      for (const line of await oneLife(directory, life * 10_000_000, 20 + Math.random() * 250)) {
        const [what, id] = line.split(' ')
        ;(what === 'acked' ? acked : delivered).add(Number(id))
      }
    }
    const spool = await Spool.open(directory, SMALL, systemClock)
    const depth = spool.stats().depthRecords
    for (const id of await drainIds(spool)) delivered.add(id)
    expect(spool.stats()).toMatchObject({ depthRecords: 0, depthBytes: 0 })
    await spool.close()

    expect(acked.size).toBeGreaterThan(20)
    expect(depth).toBeGreaterThan(0)
    expect([...acked].filter((id) => !delivered.has(id))).toEqual([])
    expect((await readdir(directory)).filter((name) => name !== 'quarantine')).toEqual(['cursor'])
  } finally {
    await rm(directory, { recursive: true })
  }
}, 180_000)
