/** Costs are read, entered, changed and removed here, by whoever may; nobody overwrites what someone else changed meanwhile. */
import { type Cost, type CostEntry, listCosts, removeCosts, writeCosts } from '@rtpx/clickhouse/queries/costs'
import { type CostField, type CostFields, costKey, NO_COST, readCost } from '#lib/campaigns/cost-entry.ts'
import { type Caller, Forbidden } from '../caller.ts'
import type { Opened } from '../page.ts'
import type { Problem } from '../problem.ts'
import { MAX_LINES, readCostFile } from './cost-file.ts'
import { costsChanged } from './periods.ts'
import { seesCosts } from './read.ts'

/** So many costs a site may have. */
const MAX_COSTS = 20_000

/** The site's costs. @throws Forbidden for who may not see them */
export function costsOfSite({ services, caller, site }: Opened): Promise<Cost[]> {
  if (!seesCosts(caller)) throw new Forbidden('players')
  return listCosts(services.clickhouse, site.site_id)
}

const invalid = (errors: Problem['errors'], detail: string): Problem => ({
  status: 400,
  code: 'invalid_cost',
  title: 'The cost cannot be taken',
  detail,
  ...(errors?.[0]?.field && { field: errors[0].field }),
  ...(errors && { errors }),
})

const tooMany: Problem = {
  status: 409,
  code: 'too_many_costs',
  title: 'There is no room for more costs',
  detail: `A site has at most ${MAX_COSTS} costs. Remove old ones, or enter one for more days or banners.`,
}

export const NO_SUCH_COST: Problem = {
  status: 404,
  code: 'unknown_cost',
  title: 'There is no such cost',
  detail: 'It was removed, or is of another site.',
}

/** Whether a text can be a cost's id. */
export const isCostId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** Who writes, and when; later than every version there is, whatever the clocks say. */
const writing = ({ caller, now }: { caller: Caller; now: number }, before = 0) => ({
  changed_by: caller.email || caller.name,
  updated_at: Math.max(now, before + 1),
})

/** Fields of a JSON body as text; `is_prefix` may stand for applies_to. */
function fieldsIn(body: Readonly<Record<string, unknown>>): CostFields {
  const text = (field: CostField) => {
    const value = body[field]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : NO_COST[field]
  }
  return {
    banner_tag: text('banner_tag'),
    applies_to: body.is_prefix === true ? 'prefix' : text('applies_to'),
    from_day: text('from_day'),
    to_day: text('to_day'),
    amount: text('amount'),
    currency: text('currency'),
    note: text('note'),
  }
}

function readBody(body: unknown): { readonly cost: CostEntry } | Problem {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return invalid(undefined, 'The body is one JSON object.')
  const { cost, errors } = readCost(fieldsIn({ ...body }))
  return errors.length > 0 ? invalid(errors, errors.map(({ message }) => message).join(' ')) : { cost }
}

/** Enters one cost. @returns it, or why not */
export async function addCost(opened: Opened, body: unknown): Promise<Cost | Problem> {
  const known = await costsOfSite(opened)
  const read = readBody(body)
  if ('status' in read) return read
  if (known.length >= MAX_COSTS) return tooMany
  if (known.some((cost) => costKey(cost) === costKey(read.cost)))
    return invalid(
      [{ field: 'note', message: 'The same cost is entered already: tell them apart by a note.' }],
      'The same cost is entered already.',
    )
  return store(opened, { ...read.cost, cost_id: crypto.randomUUID() })
}

/** Changes a cost, or brings back one that was removed. @returns it, or why not */
export async function changeCost(opened: Opened, cost_id: string, body: unknown): Promise<Cost | Problem> {
  const before = (await costsOfSite(opened)).find((cost) => cost.cost_id === cost_id)
  const read = readBody(body)
  if ('status' in read) return read
  const seen = (body as { updated_at?: unknown }).updated_at
  if (before && seen !== undefined && seen !== before.updated_at)
    return {
      status: 409,
      code: 'changed_meanwhile',
      title: 'Someone changed this cost meanwhile',
      detail: `${before.changed_by} changed it after you opened it. Open it again to see how it is now.`,
    }
  return store(opened, { ...read.cost, cost_id }, before?.updated_at)
}

async function store(
  opened: Opened,
  cost: CostEntry & { readonly cost_id: string },
  before?: number,
): Promise<Cost> {
  const written = writing(opened, before)
  await writeCosts(opened.services.clickhouse, opened.site.site_id, [cost], written)
  costsChanged(opened.site.site_id)
  return { ...cost, ...written }
}

/** Removes a cost. @returns whether there was one */
export async function removeCost(opened: Opened, cost_id: string): Promise<boolean> {
  const before = (await costsOfSite(opened)).find((cost) => cost.cost_id === cost_id)
  if (!before) return false
  const { clickhouse } = opened.services
  await removeCosts(clickhouse, opened.site.site_id, [cost_id], writing(opened, before.updated_at))
  costsChanged(opened.site.site_id)
  return true
}

export interface CostImport {
  /** How many costs the file has. */
  readonly costs: number
  readonly written: boolean
}

/** Enters the costs of a CSV file, all or none. @param write false: only looks at them */
export async function importCosts(
  opened: Opened,
  text: string,
  write: boolean,
): Promise<CostImport | Problem> {
  const known = await costsOfSite(opened)
  const { costs, errors } = readCostFile(text, new Set(known.map(costKey)))
  if (errors.length > 0)
    return {
      ...invalid(
        errors,
        `Nothing was entered: ${errors.length === 1 ? 'one line is' : `${errors.length} places are`} not right.`,
      ),
      code: 'invalid_file',
      title: 'The file cannot be taken',
    }
  if (known.length + costs.length > MAX_COSTS) return tooMany
  if (write) {
    const rows = costs.map((cost) => ({ ...cost, cost_id: crypto.randomUUID() }))
    await writeCosts(opened.services.clickhouse, opened.site.site_id, rows, writing(opened))
    costsChanged(opened.site.site_id)
  }
  return { costs: costs.length, written: write }
}

/** Characters of a file that is certainly larger than MAX_LINES costs. */
export const MAX_FILE = MAX_LINES * 100
