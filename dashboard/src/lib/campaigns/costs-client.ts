/** What the page asks of `/api/costs`: each answer is a value, or what is wrong in words. */
import type { Cost } from '@rtpx/clickhouse/queries/costs'
import type { CostFields, FieldError } from './cost-entry.ts'

export interface Refused {
  readonly detail: string
  readonly errors: readonly (Omit<FieldError, 'field'> & {
    readonly field: string | null
    readonly line?: number
  })[]
}
export type Answer<T> =
  | { readonly value: T; readonly refused: null }
  | { readonly value: null; readonly refused: Refused }

async function ask<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  const refuse = (detail: string, errors: Refused['errors'] = []) => ({
    value: null,
    refused: { detail, errors },
  })
  let response: Response
  try {
    response = await fetch(path, init)
  } catch {
    return refuse('The dashboard does not answer. Nothing was changed; try again.')
  }
  if (response.ok)
    return { value: (response.status === 204 ? null : await response.json()) as T, refused: null }
  const problem = await response.json().catch(() => ({}))
  return refuse(problem.detail ?? `The dashboard answered ${response.status}.`, problem.errors)
}

const path = (site_id: string, cost_id = '', more: Readonly<Record<string, string>> = {}) =>
  `/api/costs${cost_id && `/${cost_id}`}?${new URLSearchParams({ site: site_id, ...more })}`
const json = (method: string, body: object): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

export const addCost = (site_id: string, fields: CostFields) => ask<Cost>(path(site_id), json('POST', fields))

/** @param updated_at the version that was seen; without it whatever is there is overwritten */
export const changeCost = (site_id: string, cost_id: string, fields: CostFields, updated_at?: number) =>
  ask<Cost>(path(site_id, cost_id), json('PUT', { ...fields, updated_at }))

export const removeCost = (site_id: string, cost_id: string) =>
  ask<null>(path(site_id, cost_id), { method: 'DELETE' })

/** Enters a file's costs, or with `looks` only says how many there are. */
export const importCosts = (site_id: string, text: string, looks: boolean) =>
  ask<{ costs: number }>(path(site_id, '', looks ? { dry_run: '1' } : {}), {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: text,
  })
