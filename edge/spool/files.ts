// The few file operations the spool stands on: an interface, so that tests can lose power between any two of them,
// and the real thing. All I/O is asynchronous (Bun's thread pool), never on the event loop's thread.

import { open, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'

export interface SpoolFile {
  /** Writes all the bytes at `position` or throws; durable only after `sync`. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Fills `into` from `position`; returns how many bytes there were, fewer only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>
  /** fdatasync: the bytes written, and the size needed to read them, survive a power cut. */
  sync(): Promise<void>
  truncate(bytes: number): Promise<void>
  close(): Promise<void>
}

/** The files of one spool directory. */
export interface SpoolFiles {
  list(): Promise<{ name: string; bytes: number }[]>
  /** Creates a new file; throws when it exists. Its name is durable only after `syncDirectory`. */
  create(name: string): Promise<SpoolFile>
  /** Opens an existing file for reading and writing. */
  open(name: string): Promise<SpoolFile>
  remove(name: string): Promise<void>
  syncDirectory(): Promise<void>
}

/** The errno name of a failed file operation (`ENOSPC`, `EIO`), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

async function openFile(path: string, flags: string): Promise<SpoolFile> {
  const handle = await open(path, flags, 0o600)
  return {
    async write(bytes, position) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
        if (bytesWritten === 0) throw new Error(`${path}: nothing could be written`)
        done += bytesWritten
      }
    },
    async read(into, position) {
      let done = 0
      while (done < into.length) {
        const { bytesRead } = await handle.read(into, done, into.length - done, position + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return done
    },
    sync: () => handle.datasync(),
    truncate: (bytes) => handle.truncate(bytes),
    close: () => handle.close(),
  }
}

/** The real files below `directory`, which must exist. */
export function directoryFiles(directory: string): SpoolFiles {
  return {
    async list() {
      const names = await readdir(directory)
      return Promise.all(
        names.map(async (name) => ({ name, bytes: (await stat(join(directory, name))).size })),
      )
    },
    create: (name) => openFile(join(directory, name), 'wx+'),
    open: (name) => openFile(join(directory, name), 'r+'),
    remove: (name) => unlink(join(directory, name)),
    async syncDirectory() {
      const handle = await open(directory, 'r')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
  }
}
