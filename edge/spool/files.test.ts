// The real files and the fake disk keep the same promises, so that what the model shows on the fake holds on the real.

import { describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeDisk } from './fake-disk.ts'
import { directoryFiles, errnoOf, type SpoolFiles } from './files.ts'

async function withReal(use: (files: SpoolFiles) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'rtpx-files-'))
  try {
    await use(directoryFiles(directory))
  } finally {
    await rm(directory, { recursive: true })
  }
}

const kinds = [
  ['real', withReal],
  ['fake', (use: (files: SpoolFiles) => Promise<void>) => use(new FakeDisk().files())],
] as const

const codeOf = (promise: Promise<unknown>) => promise.then(() => 'no error', errnoOf)

describe.each(kinds)('%s files', (_kind, withFiles) => {
  test('are created once, listed, removed', () =>
    withFiles(async (files) => {
      expect(await files.list()).toEqual([])
      expect(await codeOf(files.open('a'))).toBe('ENOENT')
      const file = await files.create('a')
      await file.write(Buffer.from('12345'), 0)
      await file.close()
      await files.syncDirectory()
      expect(await codeOf(files.create('a'))).toBe('EEXIST')
      expect(await files.list()).toEqual([{ name: 'a', bytes: 5 }])
      await files.remove('a')
      expect(await codeOf(files.remove('a'))).toBe('ENOENT')
      expect(await files.list()).toEqual([])
    }))

  test('are written and read at positions, with holes of zeros, and cut', () =>
    withFiles(async (files) => {
      const file = await files.create('a')
      await file.write(Buffer.from('abc'), 4)
      await file.write(Buffer.from('X'), 5)
      await file.sync()
      const other = await files.open('a')
      const bytes = Buffer.alloc(10, '-')
      expect(await other.read(bytes, 2)).toBe(5)
      expect(bytes.toString('latin1')).toBe('\0\0aXc-----')
      expect(await other.read(bytes, 100)).toBe(0)
      await file.truncate(5)
      expect(await other.read(bytes, 4)).toBe(1)
      await file.close()
      await other.close()
    }))
})
