/** People of a test's dashboard: made in its application database, signed in as a browser does. */
import { join } from 'node:path'
import type { Role } from '#lib/permission.ts'
import { addMember, listColumn } from '#lib/server/accounts/members.ts'
import { createPerson, firstOrganization, foundOrganization } from '#lib/server/accounts/people.ts'
import { openStore, type Store } from '#lib/server/store/database.ts'
import { type Stack, sessionCookie } from './stack.ts'

export const PASSWORD = 'a long enough password'

export const storeOf = ({ dataDirectory }: Stack): Promise<Store> =>
  openStore({ url: '', file: join(dataDirectory, 'dashboard/app.db') }, Date.now())

/** A form, sent as a page of the dashboard does. */
export const post = (stack: Stack, path: string, fields: Record<string, string>, cookie = '') =>
  fetch(`${stack.url}${path}`, {
    method: 'POST',
    headers: { origin: stack.url, accept: 'text/html', ...(cookie && { cookie }) },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })

/** @returns the cookie of a new session */
export const signIn = async (stack: Stack, email: string, password = PASSWORD): Promise<string> =>
  sessionCookie(await post(stack, '/sign-in?/password', { email, password }))

/** A signed-in member of the first organization. @returns the cookie */
export async function memberOf(
  stack: Stack,
  store: Store,
  role: Role,
  prefixes: readonly string[] | null = null,
) {
  const now = Date.now()
  const email = `${role}-${crypto.randomUUID().slice(0, 8)}@brand.test`
  const user_id = await createPerson(store, { name: role, email, password: PASSWORD }, now)
  const organization_id = await firstOrganization(store.db)
  const scope = { role, site_ids: null, banner_prefixes: listColumn(prefixes) }
  await addMember(store.db, { organization_id, user_id, ...scope }, now)
  return signIn(stack, email)
}

/** The signed-in owner of another organization, whose one site is `foreign`. @returns the cookie */
export async function strangerOf(stack: Stack, store: Store): Promise<string> {
  const now = Date.now()
  const email = `stranger-${crypto.randomUUID().slice(0, 8)}@other.test`
  const user_id = await createPerson(store, { name: 'Stranger', email, password: PASSWORD }, now)
  const organization_id = await foundOrganization(store.db, 'Other', user_id, now)
  await store.db
    .insertInto('organization_sites')
    .values({ site_id: 'foreign', organization_id, created_at: now })
    .execute()
  await stack.clickhouse.insertLines('sites_log', [JSON.stringify({ site_id: 'foreign', name: 'Foreign' })])
  return signIn(stack, email)
}
