/**
 * Personal logins on any ClickHouse. They are rows of `sql_logins`, which the embedded server reads; on a ClickHouse server
 * each is a user of its own besides, with the role, and a row policy on every listed view.
 */
import { type ClickHouse, identifier } from '../client.ts'
import { addSqlLogin, type NewSqlLogin, removeSqlLogins, rescopeSqlLogin } from '../queries/sql-logins.ts'
import { roleIsConfigured } from './access.ts'
import { ANALYST_VIEWS, SQL_ROLE, siteCondition } from './views.ts'

/** Where the logins are made: the database of rtpx, and the cluster or an empty name. */
export interface LoginPlace {
  readonly database: string
  readonly cluster: string
}

/** Makes a login. @throws what ClickHouse says when its user may make none */
export async function createLogin(
  clickhouse: ClickHouse,
  place: LoginPlace,
  login: NewSqlLogin,
): Promise<void> {
  if (!(await roleIsConfigured(clickhouse)))
    for (const statement of [...userStatements(place, login), ...scopeStatements(place, login)])
      await clickhouse.plain(statement)
  await addSqlLogin(clickhouse, login)
}

/** Gives a login other sites. */
export async function rescopeLogin(
  clickhouse: ClickHouse,
  place: LoginPlace,
  login: string,
  siteIds: readonly string[] | 'all',
): Promise<void> {
  const scope = { login, all_sites: siteIds === 'all', site_ids: siteIds === 'all' ? [] : siteIds }
  if (!(await roleIsConfigured(clickhouse)))
    for (const statement of scopeStatements(place, scope)) await clickhouse.plain(statement)
  await rescopeSqlLogin(clickhouse, login, siteIds)
}

/** Takes logins back. */
export async function revokeLogins(
  clickhouse: ClickHouse,
  place: LoginPlace,
  logins: readonly string[],
): Promise<void> {
  if (logins.length === 0) return
  if (!(await roleIsConfigured(clickhouse)))
    for (const login of logins) await clickhouse.plain(`DROP USER IF EXISTS ${identifier(login)}${on(place)}`)
  await removeSqlLogins(clickhouse, logins)
}

const on = ({ cluster }: LoginPlace) => (cluster === '' ? '' : ` ON CLUSTER '${cluster}'`)

type Scope = Pick<NewSqlLogin, 'login' | 'all_sites' | 'site_ids'>

/** The user of a login on a ClickHouse server. */
export function userStatements(place: LoginPlace, login: NewSqlLogin): string[] {
  const name = identifier(login.login)
  if (!/^[0-9a-f]{64}$/.test(login.password_sha256)) throw new Error('the password is no SHA-256')
  const until =
    login.expires_at === null
      ? ''
      : ` VALID UNTIL '${new Date(login.expires_at * 1000).toISOString().slice(0, 19).replace('T', ' ')}'`
  return [
    `CREATE USER OR REPLACE ${name}${on(place)} IDENTIFIED WITH sha256_hash BY '${login.password_sha256}'${until} SETTINGS PROFILE '${SQL_ROLE}'`,
    `GRANT${on(place)} ${SQL_ROLE} TO ${name}`,
  ]
}

/** Its row policies: without one for it, a view would show it all its rows. */
export function scopeStatements(place: LoginPlace, { login, all_sites, site_ids }: Scope): string[] {
  const name = identifier(login)
  const condition = all_sites ? 'true' : siteCondition(site_ids)
  return ANALYST_VIEWS.map(
    (view) =>
      `CREATE ROW POLICY OR REPLACE ${name}${on(place)} ON ${identifier(place.database)}.${view} USING ${condition} TO ${name}`,
  )
}
