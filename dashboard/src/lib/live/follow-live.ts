/**
 * What an open page follows: a question's answers as they change, over the line at `/live` while there is one, else by asking
 * once a second. Nothing is asked while nobody looks.
 */
import { follow, TroubleError } from '#lib/follow.ts'
import type { Trouble } from '#lib/overview.ts'
import { createLine, type Line } from './line.ts'

export interface FollowLiveOptions<Answer> {
  /** The question's name; `/api/<name>` answers it too. */
  readonly name: string
  /** The page's query, which says what to ask for. */
  readonly search: string
  /** Where the API answers it, when that is elsewhere. */
  readonly path?: string
  /** An answer; undefined when nothing changed since the last. */
  readonly onAnswer: (answer: Answer | undefined) => void
  readonly onTrouble: (trouble: Trouble) => void
}

let line: Line | undefined

function lineOfPage(): Line {
  line ??= createLine({
    connect: ({ onOpen, onText, onClose }) => {
      const url = new URL('/live', location.href)
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
      const socket = new WebSocket(url)
      socket.onopen = onOpen
      socket.onmessage = ({ data }) => onText(String(data))
      socket.onclose = onClose
      return socket
    },
    later: (run, delayMs) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    random: Math.random,
  })
  return line
}

/** Follows while the page is visible. @returns how to stop */
export function followLive<Answer>(options: FollowLiveOptions<Answer>): () => void {
  const { name, search, path = `/api/${name}${search}`, onTrouble } = options
  const onAnswer = (answer: unknown) => options.onAnswer(answer as Answer | undefined)
  let stopAsking: (() => void) | undefined
  let stopPolling: (() => void) | undefined

  const poll = () => {
    stopPolling ??= follow<Answer | undefined>({ ask: asker(path), onAnswer, onTrouble })
  }
  const endPoll = () => {
    stopPolling?.()
    stopPolling = undefined
  }
  const look = () => {
    if (document.visibilityState === 'visible')
      stopAsking ??= lineOfPage().ask({ name, search, onAnswer, onTrouble, onUp: endPoll, onDown: poll })
    else rest()
  }
  const rest = () => {
    stopAsking?.()
    stopAsking = undefined
    endPoll()
  }
  look()
  document.addEventListener('visibilitychange', look)
  return () => {
    document.removeEventListener('visibilitychange', look)
    rest()
  }
}

/** Asks a route of the API again and again; undefined when its answer is the one before. */
function asker<Answer>(path: string) {
  let etag: string | undefined
  return async (signal: AbortSignal): Promise<Answer | undefined> => {
    const headers: Record<string, string> = etag ? { 'if-none-match': etag } : {}
    const response = await fetch(path, { cache: 'no-store', headers, signal })
    if (response.status === 304) return undefined
    if (!response.ok) throw new TroubleError(await response.json())
    etag = response.headers.get('etag') ?? undefined
    return response.json()
  }
}
