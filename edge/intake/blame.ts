/** Which site a refused event would have belonged to, as far as what was sent tells. */
import type { EventField } from '@rtpx/kafka/event'
import type { Judge } from './read-event.ts'
import type { Sender } from './sender.ts'
import type { Sent } from './sent.ts'
import { hostName } from './values.ts'

/** @returns the site's key, or an empty text */
export function blamedSite(
  sent: Sent,
  names: ReadonlyMap<string, EventField>,
  sender: Sender,
  judge: Judge,
): string {
  if (sender.site) return sender.site.site_id
  let key: string | undefined
  let domain: string | undefined
  sent.names.forEach((name, at) => {
    const value = sent.values[at]
    if (typeof value !== 'string' || value === '') return
    const field = names.get(name)
    if (field === 'site_id') key = value
    if (field === 'domain') domain = hostName(value)
  })
  return judge.findSite(key, [domain, sender.originDomain, sender.page?.domain])?.site_id ?? ''
}
