/** Personal logins for SQL: what analysts' own tools connect with. */
import type { ClickHouse } from '../client.ts'

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
