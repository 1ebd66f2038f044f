/** Whose SQL it is: the sites, the gate and the places a person has. */
import { type ClientGate, createClientGate } from '@rtpx/clickhouse/analyst/client-gate'
import { SQL_AT_ONCE, type SqlScope } from '@rtpx/clickhouse/analyst/scope'
import { type Caller, Forbidden } from '../caller.ts'
import type { Services } from '../clickhouse.ts'

const gates = new WeakMap<Services, ClientGate>()

/** The gate before an install's ClickHouse. */
export function gateOf(services: Services): ClientGate {
  const gate =
    gates.get(services) ?? createClientGate(services.clickhouse, services.config.CLICKHOUSE_DATABASE)
  gates.set(services, gate)
  return gate
}

/** What a caller's SQL may see. @throws Forbidden for one that is narrowed to banners: SQL can't be */
export function sqlScopeOf(caller: Caller): SqlScope {
  if (caller.banner_prefixes !== null) throw new Forbidden('sql')
  return { siteIds: caller.site_ids }
}

/** Too many statements of one person run already. */
export class TooBusy extends Error {}

const running = new Map<string, number>()

/** Takes one of a person's places. @returns what gives it back @throws TooBusy */
export function takePlace({ user_id, organization_id }: Caller): () => void {
  const key = `${organization_id} ${user_id}`
  const count = running.get(key) ?? 0
  if (count >= SQL_AT_ONCE) throw new TooBusy(`${SQL_AT_ONCE} statements of yours run already`)
  running.set(key, count + 1)
  let taken = true
  return () => {
    if (!taken) return
    taken = false
    const left = (running.get(key) ?? 1) - 1
    if (left > 0) running.set(key, left)
    else running.delete(key)
  }
}
