/**
 * A named pipe through which a lane's SELECT hands over its result: the engine writes with its own output format, we
 * read, and a slow reader slows the engine. It promises: the stream ends exactly when the statement is over and all was
 * read, also when the engine never opened the pipe. It is read to that end whatever happens: an engine that found no
 * reader would wait for one for ever.
 */
import { closeSync, constants, openSync } from 'node:fs'

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

export interface PipeReader {
  /** The next piece; undefined at the end. */
  read(): Promise<Uint8Array | undefined>
  /** Says that the statement is over: what is in the pipe is still read, then it ends. */
  finish(): void
  /** Throws away what is still to come; returns at the end. */
  drain(): Promise<void>
  /** Settles when all was read: the pipe can serve the next statement. */
  ended: Promise<void>
}

/** Opens a pipe for one statement. Both ends are opened here, so that neither side ever waits for the other to appear. */
export function openPipe(path: string): PipeReader {
  const readEnd = openSync(path, O_RDONLY | O_NONBLOCK)
  let writeEnd: number | undefined = openSync(path, O_WRONLY | O_NONBLOCK)
  const reader = Bun.file(readEnd).stream().getReader()
  let open = true
  const end = Promise.withResolvers<void>()
  const read = async () => {
    if (!open) return undefined
    const { value } = await reader.read()
    if (!value && open) {
      open = false
      // The runtime leaves a descriptor it was given open; it has stopped watching this one now.
      closeSync(readEnd)
      end.resolve()
    }
    return value
  }
  return {
    read,
    ended: end.promise,
    finish: () => {
      if (writeEnd !== undefined) closeSync(writeEnd)
      writeEnd = undefined
    },
    drain: async () => {
      while (await read());
    },
  }
}
