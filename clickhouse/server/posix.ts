/** System calls the runtime lacks: named pipes, whole-file locks that die with their process, and an end without ceremony. */
import { dlopen, ptr, FFIType as T } from 'bun:ffi'
import { closeSync, openSync } from 'node:fs'

const libc = () =>
  dlopen(process.platform === 'darwin' ? 'libSystem.B.dylib' : 'libc.so.6', {
    mkfifo: { args: [T.ptr, T.u32], returns: T.i32 },
    _exit: { args: [T.i32], returns: T.void },
    flock: { args: [T.i32, T.i32], returns: T.i32 },
  }).symbols

let loaded: ReturnType<typeof libc> | undefined
const calls = () => {
  loaded ??= libc()
  return loaded
}

/** Creates a named pipe only this user can open. @throws when the file system has none */
export function makePipe(path: string): void {
  if (calls().mkfifo(ptr(new TextEncoder().encode(`${path}\0`)), 0o600) !== 0)
    throw new Error(`cannot create a named pipe at ${path}`)
}

const LOCK_EX_NB = 2 | 4

/** Locks a file for this process until it ends, however it ends. Undefined when another process holds it. */
export function lockFile(path: string): { release: () => void } | undefined {
  const descriptor = openSync(path, 'a', 0o600)
  if (calls().flock(descriptor, LOCK_EX_NB) === 0) return { release: () => closeSync(descriptor) }
  closeSync(descriptor)
  return undefined
}

/** Ends the process at once. The engine's own exit handlers would take it apart under threads that still run. */
export function exitNow(code: number): void {
  calls()._exit(code)
}
