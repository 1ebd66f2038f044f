/**
 * Asks an edge what it would make of a pixel, and ClickHouse what of it is there already. Nothing is written; the address that was pasted
 * is never asked for, only handed to the edge as text.
 */
import { standingOf } from '@rtpx/clickhouse/queries/arrivals'
import { movesOf, type PixelCheck, pixelAddress } from '#lib/pixel-check.ts'
import type { Services } from './clickhouse.ts'

const TIMEOUT_MS = 3_000
const MAX_LENGTH = 8_192

/** @param pasted an address, or a tag with one */
export async function checkPixel(
  { config, clickhouse }: Pick<Services, 'config' | 'clickhouse'>,
  pasted: string,
  userAgent: string,
): Promise<PixelCheck> {
  const address = pixelAddress(pasted)
  if (!address || address.length > MAX_LENGTH)
    return { kind: 'none', words: 'This holds no address that begins with http:// or https://.' }
  const edge = (config.EDGE_INTERNAL_URL || config.EDGE_URL).replace(/\/+$/, '')
  let answer: Response
  try {
    answer = await fetch(`${edge}/check?url=${encodeURIComponent(address)}`, {
      headers: { 'user-agent': userAgent },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch {
    return { kind: 'none', words: 'The edge does not answer, so nothing can be said of this pixel now.' }
  }
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>
  if (body.code === 'not_a_pixel') return { kind: 'none', words: `This is no pixel: ${body.detail}.` }
  if (!answer.ok)
    return {
      kind: 'none',
      words: 'The edge does not let this dashboard ask: see METRICS_NETWORKS in its settings.',
    }
  if (body.accepted !== true) {
    const { code, field, title, message } = body as Record<string, string>
    return { kind: 'refused', address, code, field, title, message } as PixelCheck
  }
  const event = body.event as Record<string, string | number | boolean>
  const text = (name: string) => String(event[name] ?? '')
  const key = {
    site_id: text('site_id'),
    event_date: text('event_date'),
    event_type: text('event_type'),
    event_id: text('event_id'),
    player_id: text('player_id'),
    transaction_id: text('transaction_id'),
  }
  const standing = await standingOf(clickhouse, key)
  const fields = Object.entries(event)
    .filter(([name]) => name !== 'created_at' && (name !== 'event_id' || body.is_named === true))
    .map(([name, value]) => ({
      name,
      value: name === 'occurred_at' ? new Date(Number(value)).toISOString() : String(value),
    }))
  return { kind: 'accepted', address, fields, moves: movesOf(event, standing) }
}
