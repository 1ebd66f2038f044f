/** All open lines of this process: the hub behind them, what one caller may hold of them, and their beat. */
import { BEAT_MS, type ServerMessage } from '#lib/live/protocol.ts'
import type { Trouble } from '#lib/overview.ts'
import type { Caller } from '#lib/server/caller.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import type { Config } from '#lib/server/config.ts'
import { logger } from '#lib/server/log.ts'
import { isExpected, troubleOf } from '#lib/server/trouble.ts'
import { type LiveSocket, openLine } from './connection.ts'
import { createHub } from './hub.ts'
import { questionOf, UnknownQuestion } from './questions.ts'

interface Holding {
  lines: number
  /** How many lines ask each question. */
  readonly questions: Map<string, number>
}

export interface Lines {
  /** Why the caller may not open one more line, if so. */
  readonly refusal: (caller: Caller) => Trouble | undefined
  readonly open: (caller: Caller, socket: LiveSocket) => void
}

type Limits = Pick<Config, 'LIVE_CONNECTIONS' | 'LIVE_CONNECTIONS_PER_CALLER' | 'LIVE_QUESTIONS_PER_CALLER'>

const FULL = { title: 'Too many connections', detail: 'Close some, or ask the API once in a while instead.' }

let lines: Lines | undefined

/** The lines of this process. */
export function getLines(): Lines {
  lines ??= createLines(getServices().config)
  return lines
}

function createLines(limits: Limits): Lines {
  const sockets = new Set<LiveSocket>()
  const callers = new Map<string, Holding>()
  const clock = () => performance.now()
  const later = (run: () => void, delayMs: number) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  }
  const hub = createHub({
    clock,
    later,
    troubleOf: (error) => {
      const trouble = troubleOf(error)
      if (!isExpected(trouble)) logger.warn({ err: error }, trouble.title)
      return trouble
    },
  })
  let beating: ReturnType<typeof setInterval> | undefined

  function beat() {
    const message: ServerMessage = { beat: Date.now() }
    const text = JSON.stringify(message)
    // Who does not keep up hears enough.
    for (const socket of sockets) if (socket.bufferedAmount === 0) socket.send(text)
  }

  return {
    refusal: ({ user_id }) => {
      const isFull =
        sockets.size >= limits.LIVE_CONNECTIONS ||
        (callers.get(user_id)?.lines ?? 0) >= limits.LIVE_CONNECTIONS_PER_CALLER
      return isFull ? { code: 'too_many_connections', ...FULL } : undefined
    },
    open: (caller, socket) => {
      const holding = callers.get(caller.user_id) ?? { lines: 0, questions: new Map<string, number>() }
      callers.set(caller.user_id, holding)
      holding.lines += 1
      sockets.add(socket)
      beating ??= setInterval(beat, BEAT_MS)
      const { questions } = holding
      openLine({
        socket,
        hub,
        clock,
        later,
        questionOf: (name, search) => questionOf(caller, name, search),
        troubleOf: (error) =>
          error instanceof UnknownQuestion
            ? {
                code: 'unknown_question',
                title: 'There is no such question',
                detail: 'docs/live.md lists them.',
              }
            : troubleOf(error),
        take: (key) => {
          const count = questions.get(key) ?? 0
          if (count === 0 && questions.size >= limits.LIVE_QUESTIONS_PER_CALLER) return false
          questions.set(key, count + 1)
          return true
        },
        giveBack: (key) => {
          const count = questions.get(key) ?? 0
          if (count > 1) questions.set(key, count - 1)
          else questions.delete(key)
        },
      })
      socket.onClose(() => {
        sockets.delete(socket)
        holding.lines -= 1
        if (holding.lines === 0) callers.delete(caller.user_id)
        if (sockets.size > 0) return
        clearInterval(beating)
        beating = undefined
      })
    },
  }
}
