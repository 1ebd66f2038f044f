/**
 * The signature of a webhook: HMAC-SHA256 with the channel's secret over `timestamp.body`, so that neither can be changed nor an old
 * message passed off as new. docs/alerts.md shows how to check it.
 */
import { createHmac } from 'node:crypto'

/** @param timestamp seconds since 1970 */
export function signature(secret: string, timestamp: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}
