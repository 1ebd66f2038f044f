// A disk for tests, held to what POSIX promises and no more: what was not synced may be lost at a power cut, sector by
// sector; names not synced with their directory may be lost or come back; after a failed sync, later ones succeed
// without having written the failed part; a killed process stops in the middle of any operation.

import type { SpoolFile, SpoolFiles } from './files.ts'

const SECTOR = 512

type Change = { readonly position: number; readonly bytes: Uint8Array } | { readonly truncatedTo: number }

interface Inode {
  /** What readers see, and what a power cut leaves for certain. */
  seen: Buffer
  durable: Buffer
  unsynced: Change[]
  /** Changes whose sync failed: no later sync will write them. */
  doomed: Change[]
}

export type Operation = 'create' | 'open' | 'write' | 'sync' | 'truncate' | 'remove' | 'syncDirectory'

/** A number in [0, 1). */
export type Random = () => number

function apply(content: Buffer, change: Change): Buffer {
  if ('truncatedTo' in change) {
    const cut = Buffer.alloc(change.truncatedTo)
    content.copy(cut)
    return cut
  }
  const size = Math.max(content.length, change.position + change.bytes.length)
  const grown = Buffer.alloc(size)
  content.copy(grown)
  grown.set(change.bytes, change.position)
  return grown
}

const failure = (code: string, name: string) => Object.assign(new Error(`${code}: ${name}`), { code })
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

export class FakeDisk {
  #names = new Map<string, Inode>()
  #durableNames = new Map<string, Inode>()
  #life = 0
  /** Asked before each operation: an errno name makes it fail. */
  failing: (operation: Operation, name: string) => string | undefined = () => undefined

  /** Names of the files, oldest first. */
  get names(): string[] {
    return [...this.#names.keys()].sort()
  }

  content(name: string): Buffer {
    return this.#inode(name).seen
  }

  /** Changes bytes behind the spool's back, for good. */
  damage(name: string, change: (content: Buffer) => Buffer): void {
    const inode = this.#inode(name)
    inode.seen = change(Buffer.from(inode.seen))
    inode.durable = change(Buffer.from(inode.durable))
  }

  /** Takes a file away behind the spool's back. */
  lose(name: string): void {
    this.#names.delete(name)
    this.#durableNames.delete(name)
  }

  /** The process is gone in the middle of whatever it did; the page cache lives on. */
  kill(): void {
    this.#life += 1
  }

  /** The machine is gone: what was not synced survives sector by sector, name by name, as `random` says. */
  cutPower(random: Random): void {
    this.kill()
    for (const inode of new Set([...this.#names.values(), ...this.#durableNames.values()])) {
      let content: Buffer = Buffer.from(inode.durable)
      for (const change of [...inode.doomed, ...inode.unsynced]) {
        if ('truncatedTo' in change) {
          if (random() < 0.5) content = apply(content, change)
          continue
        }
        for (let at = 0; at < change.bytes.length; at += SECTOR) {
          if (random() < 0.5) continue
          content = apply(content, {
            position: change.position + at,
            bytes: change.bytes.subarray(at, at + SECTOR),
          })
        }
      }
      Object.assign(inode, { seen: content, durable: Buffer.from(content), unsynced: [], doomed: [] })
    }
    const survivors = new Map<string, Inode>()
    for (const name of new Set([...this.#names.keys(), ...this.#durableNames.keys()])) {
      const [now, before] = [this.#names.get(name), this.#durableNames.get(name)]
      const inode = now === before || random() < 0.5 ? now : before
      if (inode) survivors.set(name, inode)
    }
    this.#names = survivors
    this.#durableNames = new Map(survivors)
  }

  /** The disk as one process sees it, until that process is killed. */
  files(): SpoolFiles {
    const life = this.#life
    /** Between any two steps the process may be killed: then nothing it awaits ever answers. */
    const step = async (operation?: Operation, name = '') => {
      await turn()
      if (life !== this.#life) await new Promise<never>(() => {})
      const code = operation && this.failing(operation, name)
      if (code) throw failure(code, name)
    }
    const handle = (name: string, inode: Inode): SpoolFile => ({
      write: async (bytes, position) => {
        const half = Math.floor(bytes.length / 2)
        const part = (from: number, to: number) => {
          const change = { position: position + from, bytes: Uint8Array.from(bytes.subarray(from, to)) }
          inode.unsynced.push(change)
          inode.seen = apply(inode.seen, change)
        }
        await step()
        part(0, half)
        await step('write', name)
        part(half, bytes.length)
        await step()
      },
      read: async (into, position) => {
        await step()
        const available = inode.seen.subarray(position, position + into.length)
        into.set(available)
        return available.length
      },
      sync: async () => {
        const changes = inode.unsynced
        try {
          await step('sync', name)
        } catch (error) {
          inode.doomed.push(...changes.splice(0))
          throw error
        }
        for (const change of changes.splice(0)) inode.durable = apply(inode.durable, change)
        await step()
      },
      truncate: async (bytes) => {
        await step('truncate', name)
        inode.unsynced.push({ truncatedTo: bytes })
        inode.seen = apply(inode.seen, { truncatedTo: bytes })
      },
      close: () => step(),
    })
    return {
      list: async () => {
        await step()
        return [...this.#names].map(([name, { seen }]) => ({ name, bytes: seen.length }))
      },
      create: async (name) => {
        await step('create', name)
        if (this.#names.has(name)) throw failure('EEXIST', name)
        const inode = { seen: Buffer.alloc(0), durable: Buffer.alloc(0), unsynced: [], doomed: [] }
        this.#names.set(name, inode)
        return handle(name, inode)
      },
      open: async (name) => {
        await step('open', name)
        return handle(name, this.#inode(name))
      },
      remove: async (name) => {
        await step('remove', name)
        if (!this.#names.delete(name)) throw failure('ENOENT', name)
      },
      syncDirectory: async () => {
        await step('syncDirectory')
        this.#durableNames = new Map(this.#names)
      },
    }
  }

  #inode(name: string): Inode {
    const inode = this.#names.get(name)
    if (!inode) throw failure('ENOENT', name)
    return inode
  }
}
