/** Personal logins: made, shown and taken back by the people they belong to, or by who manages the organization. */
import { createHash, randomBytes } from 'node:crypto'
import { createLogin, type LoginPlace, revokeLogins } from '@rtpx/clickhouse/analyst/logins'
import { type SqlLogin, sqlLogins } from '@rtpx/clickhouse/queries/sql-logins'
import { type Caller, callerMay } from '../caller.ts'
import type { Services } from '../clickhouse.ts'
import { BadInput, NotThere } from './saved.ts'
import { sqlScopeOf } from './scope.ts'

const MOST = 20
const DAY_S = 86_400
const MOST_DAYS = 3_650

export const placeOf = ({ config }: Services): LoginPlace => ({
  database: config.CLICKHOUSE_DATABASE,
  cluster: config.CLICKHOUSE_CLUSTER,
})

/** The logins a caller sees: their own; of the whole organization, for who manages it. */
export function visibleLogins({ clickhouse }: Services, caller: Caller): Promise<SqlLogin[]> {
  return sqlLogins(clickhouse, caller.organization_id, callerMay(caller, 'manage') ? null : caller.user_id)
}

export interface MadeLogin {
  readonly login: string
  /** Shown once, kept nowhere. */
  readonly password: string
}

/** Makes a login with the caller's sites. @throws BadInput, Forbidden */
export async function makeLogin(
  services: Services,
  caller: Caller,
  body: unknown,
  now: number,
): Promise<MadeLogin> {
  const { purpose, days = 0 } = (body ?? {}) as { purpose?: unknown; days?: unknown }
  if (typeof purpose !== 'string' || !purpose.trim() || purpose.length > 120)
    throw new BadInput('purpose', 'Say in 1 to 120 characters what it is for.')
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 0 || days > MOST_DAYS)
    throw new BadInput('days', `Days are a whole number up to ${MOST_DAYS}; 0 is without end.`)
  if (caller.permissions) throw new BadInput('purpose', 'A login is made by a person, not with a key.')
  const { siteIds } = sqlScopeOf(caller)
  const own = await sqlLogins(services.clickhouse, caller.organization_id, caller.user_id)
  if (own.length >= MOST)
    throw new BadInput('purpose', `You have ${MOST} logins already: take one back first.`)
  const password = randomBytes(32).toString('base64url')
  const login = `sql_${randomBytes(6).toString('hex')}`
  await createLogin(services.clickhouse, placeOf(services), {
    login,
    password_sha256: createHash('sha256').update(password).digest('hex'),
    organization_id: caller.organization_id,
    user_id: caller.user_id,
    purpose: purpose.trim(),
    all_sites: siteIds === 'all',
    site_ids: siteIds === 'all' ? [] : siteIds,
    expires_at: days === 0 ? null : Math.floor(now / 1000) + days * DAY_S,
  })
  return { login, password }
}

/** Takes a login back. @throws NotThere for one that is not the caller's to take */
export async function takeBackLogin(services: Services, caller: Caller, login: string): Promise<void> {
  const there = (await visibleLogins(services, caller)).some((one) => one.login === login)
  if (!there) throw new NotThere('login')
  await revokeLogins(services.clickhouse, placeOf(services), [login])
}
