/** What whoever starts a new install has to know: where its owner is created, and with what code. */
import { Database } from 'bun:sqlite'
import { existsSync, readFileSync } from 'node:fs'
import { secretFile } from '@rtpx/clickhouse/secret'
import { isLoopback } from '../dashboard/src/lib/server/accounts/request-origin.ts'
import { storeTarget } from '../dashboard/src/lib/server/store/index.ts'

type Settings = Readonly<Record<string, string | undefined>>

/** One line; undefined when there is an owner. @param env the running parts' environment */
export function firstOwner(dashboardUrl: string, env: Settings): string | undefined {
  const {
    DATABASE_URL = '',
    APP_DATABASE = '',
    RTPX_DATA = '.data',
    DASHBOARD_HOST = '127.0.0.1',
    ORIGIN = '',
  } = env
  const { url, file } = storeTarget({ DATABASE_URL, APP_DATABASE, RTPX_DATA })
  if (url === '' && hasOwner(file)) return undefined
  const origin = ORIGIN || dashboardUrl
  const codeFile = secretFile(RTPX_DATA, 'setup-code')
  const isOpen = isLoopback(DASHBOARD_HOST) && isLoopback(new URL(origin).hostname)
  const code =
    !isOpen && existsSync(codeFile) ? `, with the code ${readFileSync(codeFile, 'utf8').trim()}` : ''
  const words = `create it at ${origin}/setup${code}`
  return url === '' ? words : `on a new install, ${words}`
}

/** Read beside the dashboard, which has the file open. */
function hasOwner(file: string): boolean {
  if (!existsSync(file)) return false
  const database = new Database(file, { readonly: true })
  try {
    return database.query('SELECT 1 FROM installation').get() !== null
  } catch {
    // Made by an older version, or still being made.
    return false
  } finally {
    database.close()
  }
}
