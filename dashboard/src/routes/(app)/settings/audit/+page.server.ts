import { auditEntries } from '#lib/server/accounts/audit.ts'
import { managing } from '#lib/server/accounts/manage.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { caller, store } = managing(event, 'manage')
  const before = Number(event.url.searchParams.get('before')) || null
  const entries = await auditEntries(store.db, caller.organization_id, before)
  return { entries, older: entries.length === 200 ? (entries.at(-1)?.id ?? null) : null }
}
