/**
 * A page's line to the server: one WebSocket for all its questions.
 *
 * - It opens when something is asked and closes when nothing is; lost, it comes back by itself, ever more seldom while that
 *   fails, and asks everything again.
 * - A line that says nothing for too long counts as lost.
 * - `onDown` says when there is none, so that one can ask another way meanwhile, and `onUp` when there is one again.
 * The socket, time and chance are passed in.
 */
import type { Trouble } from '#lib/overview.ts'
import { applyPatch } from './patch.ts'
import { type ClientMessage, type ServerMessage, SILENCE_MS } from './protocol.ts'

/** What the line needs of a WebSocket. */
export interface LineSocket {
  send(text: string): void
  close(): void
}

/** What the socket tells. */
export interface SocketEars {
  readonly onOpen: () => void
  readonly onText: (text: string) => void
  readonly onClose: () => void
}

interface Asking {
  readonly name: string
  readonly search: string
  /** An answer; undefined when the line is alive and nothing changed. */
  readonly onAnswer: (answer: unknown) => void
  readonly onTrouble: (trouble: Trouble) => void
  readonly onUp: () => void
  readonly onDown: () => void
}

export interface Line {
  /** @returns how to stop */
  readonly ask: (asking: Asking) => () => void
}

export interface LineOptions {
  readonly connect: (ears: SocketEars) => LineSocket
  /** Runs something later; returns how to call it off. */
  readonly later: (run: () => void, delayMs: number) => () => void
  /** 0 to 1 */
  readonly random: () => number
}

const FIRST_MS = 500
const LONGEST_MS = 15_000
/** A line that is not needed for so long is closed: a page often asks something else at once. */
const LINGER_MS = 2_000
/** Who waits so long for a line is told that there is none yet. */
const PATIENCE_MS = 2_000

/** How long to wait after so many losses in a row, ms: half of it by chance, so that not everyone comes back at once. */
export const delayAfterLoss = (losses: number, random: number) =>
  Math.min(FIRST_MS * 2 ** Math.max(0, losses - 1), LONGEST_MS) * (0.5 + random / 2)

interface Held {
  readonly asking: Asking
  version: number
  state: unknown
}

export function createLine({ connect, later, random }: LineOptions): Line {
  const asked = new Map<number, Held>()
  let socket: LineSocket | undefined
  let isUp = false
  let losses = 0
  let nextId = 1
  let cancelRetry: (() => void) | undefined
  let cancelSilence: (() => void) | undefined
  let cancelLinger: (() => void) | undefined

  function open() {
    cancelRetry?.()
    cancelRetry = undefined
    const isCurrent = () => socket === opened
    const opened: LineSocket = connect({
      onOpen: () => isCurrent() && rise(),
      onText: (text) => isCurrent() && hear(text),
      onClose: () => isCurrent() && lose(),
    })
    socket = opened
    listen()
    later(() => {
      if (isCurrent() && !isUp) for (const { asking } of asked.values()) asking.onDown()
    }, PATIENCE_MS)
  }

  function rise() {
    isUp = true
    for (const [id, held] of asked) {
      held.asking.onUp()
      subscribe(id, held)
    }
  }

  function hear(text: string) {
    losses = 0
    listen()
    receive(JSON.parse(text) as ServerMessage)
  }

  /** Waits for the next sign of life. */
  function listen() {
    cancelSilence?.()
    cancelSilence = later(() => {
      const silent = socket
      lose()
      silent?.close()
    }, SILENCE_MS)
  }

  function lose() {
    forget()
    if (asked.size === 0) return
    losses += 1
    for (const { asking } of asked.values()) asking.onDown()
    cancelRetry = later(open, delayAfterLoss(losses, random()))
  }

  function forget() {
    cancelSilence?.()
    socket = undefined
    isUp = false
  }

  function subscribe(id: number, held: Held) {
    held.version = 0
    const { name, search } = held.asking
    send({ subscribe: name, id, search })
  }

  const send = (message: ClientMessage) => socket?.send(JSON.stringify(message))

  function receive(message: ServerMessage) {
    if ('beat' in message) {
      for (const { asking } of asked.values()) asking.onAnswer(undefined)
      return
    }
    const held = asked.get(message.id)
    if (!held) return
    if ('refused' in message) return held.asking.onTrouble(message.refused)
    if ('trouble' in message) return held.asking.onTrouble(message.trouble)
    if ('patch' in message) {
      if (message.version !== held.version + 1) return subscribe(message.id, held)
      held.state = applyPatch(held.state, message.patch)
    } else held.state = message.state
    held.version = message.version
    held.asking.onAnswer(held.state)
  }

  return {
    ask: (asking) => {
      const id = nextId++
      const held: Held = { asking, version: 0, state: undefined }
      asked.set(id, held)
      cancelLinger?.()
      cancelLinger = undefined
      if (isUp) subscribe(id, held)
      else if (!socket && !cancelRetry) open()
      else if (!socket) asking.onDown()
      return () => {
        if (!asked.delete(id)) return
        if (isUp) send({ unsubscribe: id })
        if (asked.size > 0) return
        cancelLinger = later(() => {
          const idle = socket
          forget()
          cancelRetry?.()
          cancelRetry = undefined
          losses = 0
          idle?.close()
        }, LINGER_MS)
      }
    },
  }
}
