/**
 * A lock between processes on a file. The kernel holds it (through SQLite's exclusive transaction), so it goes with its
 * process however that ends, and no stale lock is ever left to judge.
 */
import { Database, SQLiteError } from 'bun:sqlite'

export interface FileLock {
  release(): void
}

/** Takes the lock at once, or returns undefined while another process (or another holder in this one) has it. */
export function tryLock(path: string): FileLock | undefined {
  const database = new Database(path, { create: true })
  try {
    database.run('BEGIN EXCLUSIVE')
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof SQLiteError && error.code === 'SQLITE_BUSY') return undefined
    throw error
  }
}

/** Waits for the lock, asking again every `pollMs`. */
export async function lock(path: string, pollMs = 100): Promise<FileLock> {
  for (;;) {
    const held = tryLock(path)
    if (held) return held
    await Bun.sleep(pollMs)
  }
}
