/** The address a request came from, as adapter-node tells it for every other request. */
import type { IncomingMessage } from 'node:http'

type Environment = Readonly<Record<string, string | undefined>>

/** Reads ADDRESS_HEADER and XFF_DEPTH, for a server behind proxies. */
export function clientAddress(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  env: Environment,
): string {
  const header = env.ADDRESS_HEADER?.toLowerCase() ?? ''
  if (header === '') return request.socket.remoteAddress ?? ''
  const value = String(request.headers[header] ?? '')
  if (header !== 'x-forwarded-for') return value
  return (
    value
      .split(',')
      .at(-Number(env.XFF_DEPTH ?? '1'))
      ?.trim() ?? ''
  )
}
