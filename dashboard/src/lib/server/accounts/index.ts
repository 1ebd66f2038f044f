/** The accounts of the process: made once before the first request. */

import { allSites } from '@rtpx/clickhouse/queries/metrics'
import { installSecret, secretFile } from '@rtpx/clickhouse/secret'
import { getServices } from '../clickhouse.ts'
import { logger } from '../log.ts'
import { SITES_MS } from '../sites.ts'
import { getStore } from '../store/index.ts'
import type { RegisteredSites } from './access.ts'
import { type Auth, type AuthContext, createAuth } from './auth.ts'
import { createMailer } from './mail.ts'
import { hasOwner } from './people.ts'
import { isLoopback } from './request-origin.ts'

export interface Accounts extends AuthContext {
  readonly auth: Auth
  /** Whether cookies are bound to TLS. */
  readonly secure: boolean
  /** What a stranger must know to become the owner of a new install. */
  readonly setupCode: string
  readonly registered: RegisteredSites
}

let accounts: Accounts | undefined

/** @throws what the file system says about the secrets */
export async function startAccounts(): Promise<void> {
  const { config, clickhouse, share } = getServices()
  const store = getStore()
  const origin = config.ORIGIN || `http://127.0.0.1:${process.env.PORT || 3000}`
  const secret = config.AUTH_SECRET || (await installSecret(config.RTPX_DATA, 'auth-secret'))
  const context: AuthContext = { config, store, secret, mailer: createMailer(config), origin }
  const setupCode = await installSecret(config.RTPX_DATA, 'setup-code')
  const registered: RegisteredSites = () =>
    share('sites', SITES_MS, () => allSites(clickhouse)).then(
      (sites) => sites.map(({ site_id }) => site_id),
      // Without the registry, what is known to be the organization's own.
      () => [],
    )
  accounts = {
    ...context,
    auth: createAuth(context),
    secure: origin.startsWith('https:'),
    setupCode,
    registered,
  }
  if (!(await hasOwner(store.db))) announce(config.RTPX_DATA, setupCode, origin)
}

/** Before `startAccounts` is done there is no request to ask. */
export function getAccounts(): Accounts {
  if (!accounts) throw new Error('the accounts are not there yet')
  return accounts
}

function announce(dataDir: string, code: string, origin: string): void {
  const isRemote = !isLoopback(process.env.HOST || '0.0.0.0') || !isLoopback(new URL(origin).hostname)
  logger.info(
    isRemote ? { code, file: secretFile(dataDir, 'setup-code') } : {},
    `no owner yet: open ${origin}/setup${isRemote ? ' and enter the code' : ''}`,
  )
}
