/**
 * Statements that people keep. A person sees their own and those shared in the organization; only their maker, or who may
 * manage, changes them. What a statement shows is decided when it runs, by who runs it.
 */
import { DRAWINGS, type Drawing, type SavedQuery } from '#lib/sql/saved.ts'
import { type Caller, callerMay } from '../caller.ts'
import { getStore } from '../store/index.ts'

/** There is no such thing, or it is not the caller's. */
export class NotThere extends Error {
  constructor(readonly what: string) {
    super(`there is no such ${what}`)
  }
}

/** What is to be kept is not as it must be. */
export class BadInput extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}

export interface QueryInput {
  readonly name: string
  readonly sql: string
  readonly values: Readonly<Record<string, string>>
  readonly drawing: Drawing
  readonly shared: boolean
}

interface Row {
  readonly id: string
  readonly created_by: string
  readonly updated_at: number
  readonly name: string
  readonly shared: 0 | 1
  readonly sql: string
  readonly place_values: string
  readonly drawing: string
}

const MOST = 1_000

/** Whether a caller may change what someone made. */
export const mayChange = (caller: Caller, created_by: string) =>
  created_by === caller.user_id || callerMay(caller, 'manage')

/** A row as pages show it. */
export const savedQueryOf = (caller: Caller, row: Row): SavedQuery => ({
  id: row.id,
  name: row.name,
  sql: row.sql,
  values: JSON.parse(row.place_values),
  drawing: DRAWINGS.find((one) => one === row.drawing) ?? 'table',
  shared: row.shared === 1,
  mine: mayChange(caller, row.created_by),
  updated_at: row.updated_at,
})

const visible = (caller: Caller) =>
  getStore()
    .db.selectFrom('saved_queries')
    .selectAll()
    .where('organization_id', '=', caller.organization_id)
    .where(({ eb, or }) => or([eb('created_by', '=', caller.user_id), eb('shared', '=', 1)]))

/** What a caller sees, by name. */
export async function savedQueries(caller: Caller): Promise<SavedQuery[]> {
  const rows = await visible(caller).orderBy('name').limit(MOST).execute()
  return rows.map((row) => savedQueryOf(caller, row))
}

/** @throws NotThere */
export async function savedQuery(caller: Caller, id: string): Promise<SavedQuery> {
  const row = await visible(caller).where('id', '=', id).executeTakeFirst()
  if (!row) throw new NotThere('query')
  return savedQueryOf(caller, row)
}

/** Reads what a request wants to keep. @throws BadInput */
export function queryInputOf(body: unknown): QueryInput {
  const {
    name,
    sql,
    values = {},
    drawing = 'table',
    shared = false,
  } = (body ?? {}) as Record<string, unknown>
  if (typeof name !== 'string' || !name.trim() || name.length > 120)
    throw new BadInput('name', 'A name of 1 to 120 characters is needed.')
  if (typeof sql !== 'string' || !sql.trim() || sql.length > 100_000)
    throw new BadInput('sql', 'A statement of at most 100 000 characters is needed.')
  const pairs = typeof values === 'object' && values !== null ? Object.entries(values) : []
  if (
    pairs.length > 100 ||
    pairs.some(([key, value]) => !/^\w{1,64}$/.test(key) || typeof value !== 'string')
  )
    throw new BadInput('values', 'The values of the places are texts by name.')
  const drawn = DRAWINGS.find((one) => one === drawing)
  if (!drawn) throw new BadInput('drawing', `It is drawn as one of ${DRAWINGS.join(', ')}.`)
  return {
    name: name.trim(),
    sql,
    values: Object.fromEntries(pairs),
    drawing: drawn,
    shared: shared === true,
  }
}

const columnsOf = ({ name, sql, values, drawing, shared }: QueryInput) => ({
  name,
  sql,
  place_values: JSON.stringify(values),
  drawing,
  shared: shared ? (1 as const) : (0 as const),
})

/** Keeps a statement. */
export async function addQuery(caller: Caller, input: QueryInput, now: number): Promise<SavedQuery> {
  const { organization_id, user_id: created_by } = caller
  const row = { id: crypto.randomUUID(), organization_id, created_by, created_at: now, updated_at: now }
  await getStore()
    .db.insertInto('saved_queries')
    .values({ ...row, ...columnsOf(input) })
    .execute()
  return savedQuery(caller, row.id)
}

/** @throws NotThere, also for one that is not the caller's to change */
export async function changeQuery(
  caller: Caller,
  id: string,
  input: QueryInput,
  now: number,
): Promise<SavedQuery> {
  const { mine } = await savedQuery(caller, id)
  if (!mine) throw new NotThere('query of yours')
  await getStore()
    .db.updateTable('saved_queries')
    .set({ ...columnsOf(input), updated_at: now })
    .where('id', '=', id)
    .execute()
  return savedQuery(caller, id)
}

/** @throws NotThere, also for one that is not the caller's to change */
export async function removeQuery(caller: Caller, id: string): Promise<void> {
  const { mine } = await savedQuery(caller, id)
  if (!mine) throw new NotThere('query of yours')
  await getStore().db.deleteFrom('saved_queries').where('id', '=', id).execute()
}
