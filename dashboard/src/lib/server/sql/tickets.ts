/**
 * Downloads that were asked for. A browser saves what an address answers, and a statement is too long for one: it is handed
 * in first, for a ticket that its own person can redeem once, within a minute.
 */
import type { SqlAsked } from '#lib/sql/answer.ts'
import type { Caller } from '../caller.ts'
import type { FileKind } from './download.ts'

interface Wanted {
  readonly asked: SqlAsked
  readonly kind: FileKind
  readonly name: string
}

const VALID_MS = 60_000
const MOST = 1_000

const tickets = new Map<string, Wanted & { readonly owner: string; readonly at: number }>()
const ownerOf = ({ organization_id, user_id }: Caller) => `${organization_id} ${user_id}`

export function giveTicket(caller: Caller, wanted: Wanted, now: number): string {
  for (const [ticket, { at }] of tickets) {
    if (tickets.size < MOST && now - at <= VALID_MS) break
    tickets.delete(ticket)
  }
  const ticket = crypto.randomUUID()
  tickets.set(ticket, { ...wanted, owner: ownerOf(caller), at: now })
  return ticket
}

/** What a ticket was given for; undefined for one that is not the caller's, used or too old. */
export function takeTicket(caller: Caller, ticket: string, now: number): Wanted | undefined {
  const wanted = tickets.get(ticket)
  if (!wanted || wanted.owner !== ownerOf(caller)) return undefined
  tickets.delete(ticket)
  return now - wanted.at <= VALID_MS ? wanted : undefined
}
