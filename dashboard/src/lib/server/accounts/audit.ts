/** The audit log: who did what to whom, from where. Rows are only ever added; no secrets in them. */
import type { Kysely } from 'kysely'
import type { Tables } from '../store/tables.ts'

/** Who acts. */
export interface Actor {
  readonly user_id: string | null
  /** In words: a name and address, or what ran. */
  readonly name: string
  readonly organization_id: string | null
  readonly ip_address: string
}

export interface Deed {
  /** What was done, as `member.role_changed`. */
  readonly action: string
  readonly target: string
  readonly detail?: Readonly<Record<string, unknown>>
}

export async function record(db: Kysely<Tables>, actor: Actor, deed: Deed, now: number): Promise<void> {
  await db
    .insertInto('audit_log')
    .values({
      at: now,
      organization_id: actor.organization_id,
      user_id: actor.user_id,
      actor: actor.name,
      action: deed.action,
      target: deed.target,
      detail: JSON.stringify(deed.detail ?? {}),
      ip_address: actor.ip_address,
    })
    .execute()
}

interface AuditEntry {
  readonly id: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly detail: string
  readonly ip_address: string
}

const PAGE = 200

/** The newest entries of an organization. @param before only those older than this number */
export function auditEntries(
  db: Kysely<Tables>,
  organization_id: string,
  before: number | null,
): Promise<AuditEntry[]> {
  return db
    .selectFrom('audit_log')
    .select(['id', 'at', 'actor', 'action', 'target', 'detail', 'ip_address'])
    .where('organization_id', '=', organization_id)
    .$if(before !== null, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(PAGE)
    .execute()
}
