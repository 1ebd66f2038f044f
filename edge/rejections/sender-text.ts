/**
 * Who sent what was refused, as far as judging it again needs it: one JSON text beside the report's raw text.
 * The address is left out: which site's policy it would be kept by is not known yet. An agent that asks not to be
 * tracked is left out too.
 */
import type { Sender } from '../intake/sender.ts'
import type { Site } from '../sites/site.ts'

interface SenderRecord {
  readonly page?: { readonly domain?: string; readonly path: string }
  readonly origin?: string
  readonly agent?: string
  readonly opts_out?: boolean
  /** A server with the key of this site. */
  readonly server_of?: string
}

export function senderText({ page, originDomain, userAgent, optsOut, isServer, site }: Sender): string {
  const record: SenderRecord = {
    ...(page ? { page } : {}),
    ...(originDomain ? { origin: originDomain } : {}),
    ...(userAgent && !optsOut ? { agent: userAgent } : {}),
    ...(optsOut ? { opts_out: true } : {}),
    ...(isServer && site ? { server_of: site.site_id } : {}),
  }
  return JSON.stringify(record).toWellFormed()
}

/**
 * The sender that the text tells of; an empty or unreadable text tells of a browser nothing is known of.
 * @param siteOf the registered site with exactly this key
 */
export function readSender(text: string, siteOf: (siteId: string) => Site | undefined): Sender {
  const { page, origin, agent, opts_out, server_of } = parsed(text)
  const site = server_of === undefined ? undefined : siteOf(server_of)
  return {
    page,
    originDomain: origin,
    userAgent: agent,
    optsOut: opts_out === true,
    isServer: site !== undefined,
    site,
  }
}

function parsed(text: string): SenderRecord {
  try {
    return (JSON.parse(text || '{}') as SenderRecord | null) ?? {}
  } catch {
    return {}
  }
}
