/** One request with a batch, and what the edge says of each of its events. Never throws. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Queued } from './queue.ts'

/** Why an event does not count: the edge's stable code, the field to blame, and words. */
export interface Rejected {
  readonly code: string
  readonly field: string
  readonly message: string
}

/** What became of a batch; what is in neither list was made durable. */
export interface Verdict {
  readonly rejected: readonly (readonly [Queued, Rejected])[]
  readonly again: readonly Queued[]
  /** How long the edge asks to wait before those, ms. */
  readonly afterMs: number
}

interface Way {
  readonly url: string
  readonly key: string
  readonly gzipFromBytes: number
  readonly signal: AbortSignal
  send(url: string, init: RequestInit): Promise<Response>
}

interface Answer {
  readonly rejected?: readonly (Rejected & { readonly index: number })[]
  readonly code?: string
  readonly field?: string
  readonly detail?: string
}

const zip = promisify(gzip)
const RETRIED = [408, 425, 429]

export async function post(batch: readonly Queued[], way: Way): Promise<Verdict> {
  try {
    const response = await request(batch, way)
    const afterMs = (Number(response.headers.get('retry-after')) || 0) * 1_000
    if (response.status >= 500 || RETRIED.includes(response.status)) {
      await response.body?.cancel()
      return { rejected: [], again: batch, afterMs }
    }
    const text = await response.text()
    if (response.ok || response.status === 400) return verdictOf(batch, JSON.parse(text) as Answer, response)
    return whole(batch, answerOf(text), response.status)
  } catch {
    // No answer, or one cut off: sent again, it counts once.
    return { rejected: [], again: batch, afterMs: 0 }
  }
}

async function request(batch: readonly Queued[], { url, key, gzipFromBytes, signal, send }: Way) {
  const text = batch.map(({ line }) => line).join('\n')
  const headers: Record<string, string> = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/x-ndjson',
  }
  const isZipped = text.length >= gzipFromBytes
  if (isZipped) headers['content-encoding'] = 'gzip'
  const body = isZipped ? new Uint8Array(await zip(text)) : text
  return send(url, { method: 'POST', headers, body, signal, redirect: 'error' })
}

/** What an answer with verdicts says. */
function verdictOf(
  batch: readonly Queued[],
  { rejected, ...problem }: Answer,
  { status }: Response,
): Verdict {
  if (!rejected) return whole(batch, problem, status)
  const pairs = rejected.flatMap(({ index, code, field, message }) => {
    const queued = batch[index]
    return queued ? [[queued, { code, field, message }] as const] : []
  })
  const isLimited = ([, { code }]: (typeof pairs)[number]) => code === 'rate_limited'
  return {
    rejected: pairs.filter((pair) => !isLimited(pair)),
    again: pairs.filter(isLimited).map(([queued]) => queued),
    afterMs: 1_000,
  }
}

/** The whole request was refused, and would be again. */
function whole(batch: readonly Queued[], { code, field = '', detail }: Answer, status: number): Verdict {
  const why = { code: code ?? `http_${status}`, field, message: detail ?? `the edge answered ${status}` }
  return { rejected: batch.map((queued) => [queued, why] as const), again: [], afterMs: 0 }
}

function answerOf(text: string): Answer {
  try {
    return JSON.parse(text) as Answer
  } catch {
    return {}
  }
}
