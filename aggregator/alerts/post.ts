/** One HTTP POST to an address that a user typed: to a judged machine, without redirects, bounded in time and size. */
import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { type Attempt, attemptOf } from './attempt.ts'
import { placeOf, RefusedTarget, type TargetRules } from './target.ts'

export interface PostRules extends TargetRules {
  readonly timeoutMs: number
  /** The clock, ms. */
  now(): number
  /** Certificates trusted besides the system's. */
  readonly ca?: string
}

/** What is read of an answer: enough for an error's words. */
const MAX_ANSWER_BYTES = 16_384
const SHOWN_CHARACTERS = 200

/** Sends; whatever happens is an outcome, never an exception. */
export async function post(
  address: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  rules: PostRules,
): Promise<Attempt> {
  try {
    const url = new URL(address)
    const signal = AbortSignal.timeout(rules.timeoutMs)
    const place = await withSignal(placeOf(url, rules), signal)
    return await exchange({ url, body, headers, place, signal, rules })
  } catch (error) {
    if (error instanceof RefusedTarget) return { outcome: 'dead', error: error.message }
    const { name, message, code } = error as Error & { code?: string }
    const late = name === 'AbortError' || name === 'TimeoutError'
    return {
      outcome: 'retry',
      error: late
        ? `no answer within ${rules.timeoutMs / 1_000} s`
        : [code, message].filter(Boolean).join(': '),
    }
  }
}

interface Exchange {
  readonly url: URL
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly place: Awaited<ReturnType<typeof placeOf>>
  readonly signal: AbortSignal
  readonly rules: PostRules
}

function exchange({ url, body, headers, place, signal, rules }: Exchange): Promise<Attempt> {
  const secure = url.protocol === 'https:'
  const options: https.RequestOptions = {
    method: 'POST',
    // The judged address; the name is only said and, with TLS, proved.
    host: place.address,
    port: place.port,
    path: `${url.pathname}${url.search}`,
    headers: {
      host: url.host,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'rtpx-alerts',
      ...headers,
    },
    agent: false,
    signal,
    ...(secure && !isIP(place.hostname) ? { servername: place.hostname } : {}),
    ...(rules.ca === undefined ? {} : { ca: rules.ca }),
  }
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(options, (answer) => {
      const status = answer.statusCode ?? 0
      const attempt = attemptOf(status, answer.headers['retry-after'], rules.now())
      if (attempt.outcome === 'sent') {
        request.destroy()
        resolve(attempt)
        return
      }
      const chunks: Buffer[] = []
      let bytes = 0
      const done = () => {
        request.destroy()
        resolve({ ...attempt, error: withAnswer(attempt.error, Buffer.concat(chunks).toString('utf8')) })
      }
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes > MAX_ANSWER_BYTES) done()
      })
      answer.on('end', done)
      answer.on('error', done)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** An error with the first words of the answer, as one line of plain text. */
function withAnswer(error: string, answer: string): string {
  const line = answer
    .slice(0, 4 * SHOWN_CHARACTERS)
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
  return line === '' ? error : `${error}: ${line.slice(0, SHOWN_CHARACTERS)}`
}

/** A promise that ends when the signal does. */
function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  ])
}
