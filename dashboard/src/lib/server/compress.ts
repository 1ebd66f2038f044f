/**
 * Pages and answers of the API leave compressed where the client takes it, so that a phone without a proxy before the dashboard gets them
 * small. The build's files have their compressed copies already, downloads and statements leave as they come.
 *
 * What is compressed tells its length, and so, guess by guess, what stands beside text that someone else chose (BREACH, CVE-2013-3587).
 * Hence nothing is compressed that another site made the browser ask for, nothing that answers a form (new keys and secrets are shown
 * there), and none of the pages about accounts and settings.
 */
import { constants, createGzip } from 'node:zlib'

const TYPES = /^(text\/html|application\/(problem\+)?json)\b/
const SECRETIVE =
  /^\/(settings|setup|sign-(in|up)|two-factor|forgot|reset|invitation|shared|sql|api\/(auth|sql))(\/|$)/
/** Who is at the dashboard already, or typed its address; programs say nothing. */
const OWN = [null, 'same-origin', 'none']
/** As small as higher levels make HTML within a per cent or two, in a third of the time. */
const LEVEL = 5

/** The answer, compressed where that is wanted and safe. What comes in parts leaves in the same parts, none is held back. */
export function compressed(request: Request, response: Response): Response {
  const { headers, body, status } = response
  if (!body || status === 304 || !TYPES.test(headers.get('content-type') ?? '')) return response
  if (headers.has('content-encoding') || headers.has('content-disposition')) return response
  // What refuses a WebSocket is written to its socket as text.
  if (!isSafe(request) || request.headers.has('upgrade')) return response
  headers.append('vary', 'accept-encoding')
  if (!takesGzip(request.headers.get('accept-encoding') ?? '')) return response
  headers.set('content-encoding', 'gzip')
  headers.delete('content-length')
  const etag = headers.get('etag')
  if (etag?.startsWith('"')) headers.set('etag', `W/${etag}`)
  return new Response(body.pipeThrough(gzipped()), { status, headers })
}

/** gzip as a stream of the web. Who asked may leave at any moment, and what was on its way is dropped then. */
function gzipped(): TransformStream<Uint8Array, Uint8Array> {
  const gzip = createGzip({ level: LEVEL, flush: constants.Z_SYNC_FLUSH })
  const ended = new Promise<void>((resolve) => void gzip.once('close', resolve))
  return new TransformStream({
    start(controller) {
      gzip.on('error', (error) => controller.error(error))
      gzip.on('data', (bytes: Uint8Array) => {
        try {
          controller.enqueue(bytes)
        } catch {
          // Thrown where nobody catches, it would be the end of the process.
          gzip.destroy()
        }
      })
    },
    transform: (bytes) => new Promise((resolve) => gzip.write(bytes, () => resolve())),
    flush() {
      gzip.end()
      return ended
    },
  })
}

const isSafe = ({ method, url, headers }: Request) =>
  method === 'GET' && !SECRETIVE.test(new URL(url).pathname) && OWN.includes(headers.get('sec-fetch-site'))

/** `gzip`, `*`, each unless it is given no weight (RFC 9110, 12.5.3). */
function takesGzip(accepted: string): boolean {
  const weights = new Map(
    accepted.split(',').map((part) => {
      const [name = '', ...parameters] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/)
      const q = parameters.find((parameter) => parameter.startsWith('q='))
      return [name, q === undefined ? 1 : Number(q.slice(2))]
    }),
  )
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0
}
