/** Export and erasure of one player from the dashboard: for those who manage, and erasure only with the id typed again. */
import { exportPlayer } from '@rtpx/clickhouse/privacy/export'
import { hashOf, requestErasure } from '@rtpx/clickhouse/privacy/ledger'
import { logger } from '../log.ts'
import type { Opened } from '../page.ts'
import { getStore } from '../store/index.ts'
import { BadParameter } from './ask.ts'
import { erasePlayerFromTexts } from './texts.ts'

/** Everything held of the player, as one JSON, streamed. */
export async function exportResponse(opened: Opened, player_id: string, address: string): Promise<Response> {
  const { services, site, now } = opened
  const key = { site_id: site.site_id, player_id }
  // The audit outlives the player: it names a hash.
  await audit(opened, 'player.export', await hashOf(services.clickhouse, key), {}, address)
  const pieces = exportPlayer(services.clickhouse, key, now)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (error) {
        logger.warn({ err: error }, 'the export of a player ended early')
        controller.error(error)
      }
    },
    cancel: () => void pieces.return(undefined),
  })
  return new Response(body, {
    headers: {
      'content-type': 'application/json',
      'content-disposition': 'attachment; filename="player.json"',
      'cache-control': 'no-store',
    },
  })
}

/**
 * Asks for the erasure; the aggregator carries it out. What people wrote of the player in the dashboard is cleared at once.
 * @throws BadParameter unless the id was typed again
 */
export async function askErasure(opened: Opened, player_id: string, body: unknown, address: string) {
  const { confirm } = (body ?? {}) as { confirm?: unknown }
  if (confirm !== player_id)
    throw new BadParameter('not_confirmed', 'confirm', 'confirm must be the id of the player, exactly')
  const { services, site, caller, now } = opened
  const row = await requestErasure(
    services.clickhouse,
    { site_id: site.site_id, player_id },
    { requested_by: caller.name || caller.email, now, erasure_id: crypto.randomUUID() },
  )
  const texts = await erasePlayerFromTexts(getStore().db, { site_id: site.site_id, player_id })
  await audit(opened, 'player.erase', row.subject_hash, { erasure_id: row.erasure_id, texts }, address)
  return { erasure_id: row.erasure_id, state: row.state }
}

async function audit(
  { caller, now }: Opened,
  action: string,
  target: string,
  detail: object,
  address: string,
): Promise<void> {
  await getStore()
    .db.insertInto('audit_log')
    .values({
      at: now,
      organization_id: caller.organization_id,
      user_id: caller.user_id,
      actor: caller.name || caller.email,
      action,
      target,
      detail: JSON.stringify(detail),
      ip_address: address,
    })
    .execute()
}
