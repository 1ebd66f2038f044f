/**
 * The way of events to the edge: gathered into batches, sent until the edge has judged them.
 *
 * - A batch leaves memory and storage only when the edge gave its verdict (202, or 400: it will never be better).
 * - A batch is written to localStorage before it is sent, so that a closed tab, a crash or being offline loses nothing
 *   that the next page of the site cannot send again. Sent twice, it counts once: its events keep their event_id.
 * - What is in flight stays under the 64 KiB that browsers grant keepalive requests.
 * - Bounded: 50 batches of 10,000 characters in localStorage, 1,000 in memory; what comes after is dropped.
 */
import { guard, isSilent, keep, local } from './safe.ts'
import { tag } from './tag.ts'
import { uuid } from './uuid.ts'

/** Batches that are not in flight, oldest first, by their key in storage. Each is newline-separated JSON. */
const waiting = new Map<string, string>()
let gathered = ''
/** Batches that may still be in flight. */
let room = 6
let failures = 0
let timer: ReturnType<typeof setTimeout> | undefined

const cut = () => {
  if (gathered) {
    const key = `rtpx_batch${uuid()}`
    if (waiting.size < 50) keep(local, key, gathered)
    waiting.set(key, gathered)
    gathered = ''
  }
}

const post = async (key: string, body: string) => {
  let response: Response | undefined
  room--
  waiting.delete(key)
  try {
    response = await fetch(new URL('api/events', tag.src), {
      method: 'POST',
      body,
      // A batch that failed does without: another script may be using up what browsers grant.
      keepalive: !failures,
    })
    // To its end: until then the browser counts the request as in flight.
    await response.text()
  } catch {}
  room++
  if (response?.status === 202 || response?.status === 400) {
    delete local[key]
    failures = 0
    send()
  } else {
    waiting.set(key, body)
    timer ??= setTimeout(flush, 2 ** Math.min(failures++, 6) * 999 * Math.random())
  }
}

const send = () => {
  // Of a copy: what fails at once waits again.
  for (const [key, body] of [...waiting]) if (room) post(key, body)
}

/** Sends everything now; or forgets it, once the visitor wants no tracking. */
export const flush = guard(() => {
  timer = clearTimeout(timer) as undefined
  if (isSilent()) {
    waiting.clear()
    gathered = ''
  }
  cut()
  send()
})

/** Takes one event, as JSON. */
export const add = (event: string) => {
  if (event.length > 1e4 || waiting.size > 999) return
  if (gathered.length + event.length > 1e4) cut()
  gathered += `${event}\n`
  if (document.hidden) queueMicrotask(flush)
  else timer ??= setTimeout(flush, 200)
}

/** Takes over what earlier pages could not send. */
export const adopt = () => {
  for (const key in local) if (key.startsWith('rtpx_batch')) waiting.set(key, local[key] as string)
}
