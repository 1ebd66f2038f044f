/**
 * Where a request comes from, as far as it decides: no page of another site may act in a signed-in person's name, and an
 * install is taken over by nobody but who sits at its machine or knows its setup code.
 */

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

/**
 * Whether a page of another site sends it. Browsers name the page's origin with every request that changes something;
 * programs name none. The address people type is known from ORIGIN, or is that of the Host header.
 * @param origin ORIGIN, may be empty
 */
export function isCrossSite({ method, headers }: Request, origin: string): boolean {
  if (SAFE_METHODS.includes(method)) return false
  const from = headers.get('origin')
  if (from === null) return ['cross-site', 'same-site'].includes(headers.get('sec-fetch-site') ?? '')
  return from !== origin && URL.parse(from)?.host !== headers.get('host')
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/

/** Whether a host, as of a URL or a Host header, is this machine. */
export const isLoopback = (host: string) => LOOPBACK.test(host.replace(/:\d+$/, '')) || LOOPBACK.test(host)

/** Whether whoever asks sits at this machine: it listens to nobody else, and nothing passes requests on to it. */
export function isLocal({ headers }: Request, listening: string, origin: string): boolean {
  const host = headers.get('host') ?? ''
  return (
    isLoopback(listening) &&
    isLoopback(host) &&
    (origin === '' || isLoopback(new URL(origin).hostname)) &&
    !FORWARDED.some((name) => headers.has(name))
  )
}
