/** What every action of the settings begins with: who acts, with what right, and where it is noted. */
import { error, type RequestEvent } from '@sveltejs/kit'
import type { Permission } from '#lib/permission.ts'
import { type Caller, callerMay } from '../caller.ts'
import { type Actor, type Deed, record } from './audit.ts'
import { getAccounts } from './index.ts'

export interface Managing {
  readonly caller: Caller
  readonly store: ReturnType<typeof getAccounts>['store']
  readonly now: number
  /** Notes a deed in the organization's log. */
  note(deed: Deed): Promise<void>
}

/** @throws 401 or 403 of SvelteKit for a caller without the permission */
export function managing(
  event: Pick<RequestEvent, 'locals' | 'getClientAddress'>,
  permission: Permission,
): Managing {
  const { caller } = event.locals
  if (!caller) error(401, 'Sign in first')
  if (!callerMay(caller, permission))
    error(403, 'Your role does not include this. An owner or admin of your organization can change that.')
  const { store } = getAccounts()
  const now = Date.now()
  const actor: Actor = {
    user_id: caller.user_id,
    name: caller.email || caller.name,
    organization_id: caller.organization_id,
    ip_address: event.getClientAddress(),
  }
  return { caller, store, now, note: (deed) => record(store.db, actor, deed, now) }
}
