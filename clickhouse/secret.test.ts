import { expect, test } from 'bun:test'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installSecret, secretFile } from './secret.ts'

test('a secret is made once, whole, for its owner alone, however many ask at the same time', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'rtpx-secret-'))
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => installSecret(dataDir, 'key')))
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toMatch(/^[\w-]{43}$/)
    expect((await stat(secretFile(dataDir, 'key'))).mode & 0o777).toBe(0o600)
    expect(await readdir(join(dataDir, 'secrets'))).toEqual(['key'])
  } finally {
    await rm(dataDir, { recursive: true })
  }
})
