/**
 * One event: the site's fields on top of what the page tells, as the edge's contract names them.
 *
 * - Every event has an id and a time of its own before it goes anywhere.
 * - Values are copied here and now; one that cannot be copied (a throwing getter, a cycle) takes nothing else with it.
 */
import { add } from './delivery.ts'
import { guard, isSilent, keep, local, tab, whenShown } from './safe.ts'
import { tag } from './tag.ts'
import type { Rtpx } from './types.ts'
import { uuid } from './uuid.ts'

let playerId: string | undefined
let referrer = document.referrer
let path: string | undefined
let sessionId: string | undefined
let lastEventAt: number | string | undefined

const here = () => location.pathname + location.search + ('hash' in tag.dataset ? location.hash : '')

/** Counts an event. */
export const record: Rtpx['emit'] = (type, fields) =>
  whenShown(() => {
    if (!type || isSilent()) return
    if (!sessionId) [sessionId, lastEventAt] = (tab.rtpx_session || '').split(' ') as [string, string?]
    // Half an hour without an event ends a session.
    const idleSince = lastEventAt as number
    lastEventAt = Date.now()
    if (!(lastEventAt - idleSince < 18e5)) {
      sessionId = uuid()
      record('session_start')
    }
    keep(tab, 'rtpx_session', `${sessionId} ${lastEventAt}`)
    const event: Record<string, unknown> = {
      event_id: uuid(),
      event_type: `${type}`,
      occurred_at: lastEventAt,
      site_id: tag.dataset.site,
      player_id: playerId,
      visitor_id: 'visitor' in tag.dataset ? keep(local, 'rtpx_visitor', local.rtpx_visitor || uuid()) : '',
      session_id: sessionId,
      domain: location.hostname,
      path: here(),
      referrer,
      viewport_width: innerWidth,
      viewport_height: innerHeight,
    }
    for (const name in fields)
      guard(() => {
        const json = JSON.stringify(fields[name], (_, value) =>
          typeof value === 'bigint' ? `${value}` : value,
        )
        if (json.length < 4097) event[name] = JSON.parse(json)
      })()
    add(JSON.stringify(event))
  })

/** Counts a page view when the page is another than before, or the same one again out of the back-forward cache. */
export const recordPage = guard((event?: Event & { persisted?: boolean }) => {
  const now = here()
  if (now !== path || event?.persisted) {
    referrer = path ? location.origin + path : referrer
    path = now
    record('page_view')
  }
})

/** Says who plays from now on. */
export const identify = guard((id?: unknown) => (playerId = `${id ?? ''}`))
