/**
 * Keeps personal logins to what their people may see now: who left, or may no longer write SQL, loses theirs; whose sites
 * changed, has them changed. The statements of alert rules are kept to their authors' rights with them. Looked at twice a minute, by whichever process of the dashboard comes to it.
 */
import { rescopeLogin, revokeLogins } from '@rtpx/clickhouse/analyst/logins'
import { everySqlLogin, type SqlLogin } from '@rtpx/clickhouse/queries/sql-logins'
import type { Kysely } from 'kysely'
import { roleMay } from '#lib/permission.ts'
import { narrowed, type RegisteredSites, sitesOfOrganization } from '../accounts/access.ts'
import { mendStatements } from '../alerts/statement-scopes.ts'
import type { Services } from '../clickhouse.ts'
import { logger } from '../log.ts'
import type { Tables } from '../store/tables.ts'
import { placeOf } from './logins.ts'

const EVERY_MS = 30_000

/** What is to be done about logins that no longer fit. */
interface Mending {
  readonly revoke: readonly string[]
  readonly rescope: readonly { readonly login: string; readonly siteIds: readonly string[] | 'all' }[]
}

/** Holds logins against the members there are. */
export async function mendingOf(
  db: Kysely<Tables>,
  logins: readonly SqlLogin[],
  registered: RegisteredSites,
): Promise<Mending> {
  const revoke: string[] = []
  const rescope: { login: string; siteIds: readonly string[] | 'all' }[] = []
  for (const one of logins) {
    const member = await db
      .selectFrom('members')
      .select(['role', 'site_ids', 'banner_prefixes'])
      .where('organization_id', '=', one.organization_id)
      .where('user_id', '=', one.user_id)
      .executeTakeFirst()
    if (!member || !roleMay(member.role, 'sql') || member.banner_prefixes !== null) {
      revoke.push(one.login)
      continue
    }
    const sites = await sitesOfOrganization(db, one.organization_id, registered)
    const siteIds = narrowed(sites, member.site_ids)
    if (!isSame(one, siteIds)) rescope.push({ login: one.login, siteIds })
  }
  return { revoke, rescope }
}

const isSame = ({ all_sites, site_ids }: SqlLogin, siteIds: readonly string[] | 'all') =>
  siteIds === 'all'
    ? all_sites
    : !all_sites && [...site_ids].sort().join('\n') === [...siteIds].sort().join('\n')

/** Looks at all logins once. @throws what the database or ClickHouse say */
async function mendLogins(
  services: Services,
  db: Kysely<Tables>,
  registered: RegisteredSites,
): Promise<void> {
  const { revoke, rescope } = await mendingOf(db, await everySqlLogin(services.clickhouse), registered)
  await revokeLogins(services.clickhouse, placeOf(services), revoke)
  for (const { login, siteIds } of rescope)
    await rescopeLogin(services.clickhouse, placeOf(services), login, siteIds)
}

/** Looks at them now and again, as long as the process runs. */
export function startMendingLogins(
  services: Services,
  db: Kysely<Tables>,
  registered: RegisteredSites,
): void {
  const mend = () =>
    Promise.all([mendLogins(services, db, registered), mendStatements(services, db, registered)]).catch(
      (error) => logger.debug({ err: error }, 'logins and statements are looked at again later'),
    )
  setInterval(mend, EVERY_MS).unref()
}
