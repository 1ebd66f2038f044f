/**
 * Keeps rules about statements to what their authors may see: who left, may no longer write SQL, or sees fewer sites than when
 * the rule was saved, has the rule paused with the reason, until somebody saves it with rights of their own.
 */
import {
  type AlertStatement,
  alertStatements,
  writeAlertStatement,
} from '@rtpx/clickhouse/queries/alert-statements'
import type { Kysely } from 'kysely'
import { roleMay } from '#lib/permission.ts'
import { narrowed, type RegisteredSites, sitesOfOrganization } from '../accounts/access.ts'
import type { Services } from '../clickhouse.ts'
import type { Tables } from '../store/tables.ts'

/** Why a statement may no longer be asked; undefined while it may. */
async function refusalOf(
  db: Kysely<Tables>,
  { organization_id, user_id, author, siteIds }: AlertStatement,
  registered: RegisteredSites,
): Promise<string | undefined> {
  const member = await db
    .selectFrom('members')
    .select(['role', 'site_ids', 'banner_prefixes'])
    .where('organization_id', '=', organization_id)
    .where('user_id', '=', user_id)
    .executeTakeFirst()
  const paused = (why: string) =>
    `Paused: ${author} ${why}. Whoever edits and saves the rule watches with rights of their own.`
  if (!member) return paused('is no member any more')
  if (!roleMay(member.role, 'sql') || member.banner_prefixes !== null)
    return paused('may no longer write SQL')
  const sites = narrowed(await sitesOfOrganization(db, organization_id, registered), member.site_ids)
  const sees = sites === 'all' || (siteIds !== 'all' && siteIds.every((site_id) => sites.includes(site_id)))
  return sees ? undefined : paused('sees fewer sites than when it was saved')
}

/** Looks at all of them once. @throws what the database or ClickHouse say */
export async function mendStatements(
  { clickhouse }: Pick<Services, 'clickhouse'>,
  db: Kysely<Tables>,
  registered: RegisteredSites,
): Promise<void> {
  for (const statement of await alertStatements(clickhouse)) {
    if (statement.refused !== '') continue
    const refused = await refusalOf(db, statement, registered)
    // The next version of what was looked at: a rule that is saved meanwhile is newer.
    if (refused)
      await writeAlertStatement(clickhouse, { ...statement, refused, updated_at: statement.updated_at + 1 })
  }
}
