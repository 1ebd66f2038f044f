/** Personal logins for SQL: what analysts' own tools connect with. */
import type { ClickHouse } from '../client.ts'

export interface SqlLogin {
  readonly login: string
  readonly organization_id: string
  readonly user_id: string
  readonly purpose: string
  readonly all_sites: boolean
  readonly site_ids: readonly string[]
  /** ISO, UTC */
  readonly created_at: string
  readonly expires_at: string | null
}

const COLUMNS = `login, organization_id, user_id, purpose, all_sites, site_ids,
  formatDateTime(created_at, '%FT%TZ', 'UTC') AS created_at, formatDateTime(expires_at, '%FT%TZ', 'UTC') AS expires_at`

/** The logins of an organization, or of one person in it. */
export function sqlLogins(
  clickhouse: ClickHouse,
  organization_id: string,
  user_id: string | null,
): Promise<SqlLogin[]> {
  return clickhouse.rows<SqlLogin>(
    `SELECT ${COLUMNS} FROM sql_logins
     WHERE organization_id = {organization_id:String} AND ({user_id:String} = '' OR user_id = {user_id:String})
     ORDER BY sql_logins.created_at DESC`,
    { organization_id, user_id: user_id ?? '' },
  )
}

/** Every login, to hold them against who is a member of what. */
export function everySqlLogin(clickhouse: ClickHouse): Promise<SqlLogin[]> {
  return clickhouse.rows<SqlLogin>(`SELECT ${COLUMNS} FROM sql_logins ORDER BY login`)
}

export interface NewSqlLogin {
  readonly login: string
  /** In hex. */
  readonly password_sha256: string
  readonly organization_id: string
  readonly user_id: string
  readonly purpose: string
  readonly all_sites: boolean
  readonly site_ids: readonly string[]
  /** s since 1970; null: never */
  readonly expires_at: number | null
}

/** Writes a login. */
export async function addSqlLogin(clickhouse: ClickHouse, login: NewSqlLogin): Promise<void> {
  await clickhouse.command(
    `INSERT INTO sql_logins_log
       (login, password_sha256, organization_id, user_id, purpose, all_sites, site_ids, created_at, expires_at)
     SELECT {login:String}, {password_sha256:String}, {organization_id:String}, {user_id:String}, {purpose:String},
       {all_sites:Bool}, {site_ids:Array(String)}, now64(3, 'UTC'), {expires_at:Nullable(UInt32)}`,
    { ...login, site_ids: [...login.site_ids] },
  )
}

/** Changes the sites of a login. */
export async function rescopeSqlLogin(
  clickhouse: ClickHouse,
  login: string,
  siteIds: readonly string[] | 'all',
): Promise<void> {
  await clickhouse.command(
    `INSERT INTO sql_logins_log
       (login, password_sha256, organization_id, user_id, purpose, all_sites, site_ids, created_at, expires_at)
     SELECT login, password_sha256, organization_id, user_id, purpose, {all:Bool}, {siteIds:Array(String)}, created_at, expires_at
     FROM sql_logins WHERE login = {login:String}`,
    { login, all: siteIds === 'all', siteIds: siteIds === 'all' ? [] : [...siteIds] },
  )
}

/** Takes logins back. */
export async function removeSqlLogins(clickhouse: ClickHouse, logins: readonly string[]): Promise<void> {
  await clickhouse.command(
    `INSERT INTO sql_logins_log
       (login, password_sha256, organization_id, user_id, purpose, all_sites, site_ids, created_at, expires_at, deleted)
     SELECT login, '', organization_id, user_id, purpose, false, [], created_at, expires_at, true
     FROM sql_logins WHERE login IN {logins:Array(String)}`,
    { logins: [...logins] },
  )
}
