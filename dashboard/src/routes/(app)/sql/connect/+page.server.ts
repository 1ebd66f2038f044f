import { loadPage } from '#lib/server/page.ts'
import { visibleLogins } from '#lib/server/sql/logins.ts'
import type { PageServerLoad } from './$types'

/** The caller's logins, and where tools connect to. */
export const load: PageServerLoad = (event) =>
  loadPage(event, 'sql', async ({ services, caller }) => ({
    logins: await visibleLogins(services, caller),
    url: (services.config.SQL_URL || services.config.CLICKHOUSE_URL).replace(/\/+$/, ''),
    database: services.config.CLICKHOUSE_DATABASE,
    user_id: caller.user_id,
  }))
