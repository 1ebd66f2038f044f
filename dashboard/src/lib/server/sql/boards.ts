/** Boards: pages people put together from statements they keep. Each tile runs as whoever looks. */
import type { Board, BoardHead } from '#lib/sql/saved.ts'
import type { Caller } from '../caller.ts'
import { getStore } from '../store/index.ts'
import { BadInput, mayChange, NotThere, savedQuery, savedQueryOf } from './saved.ts'

const MOST_TILES = 40

const visible = (caller: Caller) =>
  getStore()
    .db.selectFrom('boards')
    .selectAll()
    .where('organization_id', '=', caller.organization_id)
    .where(({ eb, or }) => or([eb('created_by', '=', caller.user_id), eb('shared', '=', 1)]))

const headOf = (
  caller: Caller,
  { id, name, shared, created_by }: { id: string; name: string; shared: 0 | 1; created_by: string },
): BoardHead => ({ id, name, shared: shared === 1, mine: mayChange(caller, created_by) })

/** The boards a caller sees. */
export async function boards(caller: Caller): Promise<BoardHead[]> {
  const rows = await visible(caller).orderBy('name').limit(500).execute()
  return rows.map((row) => headOf(caller, row))
}

/** A board with its tiles; a tile whose statement the caller may not see is left out. @throws NotThere */
export async function board(caller: Caller, id: string): Promise<Board> {
  const row = await visible(caller).where('id', '=', id).executeTakeFirst()
  if (!row) throw new NotThere('board')
  const tiles = await getStore()
    .db.selectFrom('board_tiles')
    .innerJoin('saved_queries', 'saved_queries.id', 'board_tiles.query_id')
    .selectAll('saved_queries')
    .select(['board_tiles.id as tile_id', 'board_tiles.wide'])
    .where('board_tiles.board_id', '=', id)
    .where('saved_queries.organization_id', '=', caller.organization_id)
    .where(({ eb, or }) =>
      or([eb('saved_queries.created_by', '=', caller.user_id), eb('saved_queries.shared', '=', 1)]),
    )
    .orderBy('board_tiles.position')
    .execute()
  return {
    ...headOf(caller, row),
    tiles: tiles.map((tile) => ({
      id: tile.tile_id,
      wide: tile.wide === 1,
      query: savedQueryOf(caller, tile),
    })),
  }
}

/** @throws NotThere, also for one that is not the caller's to change */
async function ownBoard(caller: Caller, id: string): Promise<Board> {
  const found = await board(caller, id)
  if (!found.mine) throw new NotThere('board of yours')
  return found
}

function nameOf(name: unknown): string {
  if (typeof name !== 'string' || !name.trim() || name.length > 120)
    throw new BadInput('name', 'A name of 1 to 120 characters is needed.')
  return name.trim()
}

/** @throws BadInput */
export async function addBoard(caller: Caller, name: unknown, now: number): Promise<string> {
  const id = crypto.randomUUID()
  const { organization_id, user_id: created_by } = caller
  await getStore()
    .db.insertInto('boards')
    .values({
      id,
      organization_id,
      created_by,
      created_at: now,
      updated_at: now,
      name: nameOf(name),
      shared: 0,
    })
    .execute()
  return id
}

/** Renames a board, or shares it with the organization. @throws NotThere, BadInput */
export async function changeBoard(
  caller: Caller,
  id: string,
  change: { readonly name: unknown; readonly shared: boolean },
  now: number,
): Promise<void> {
  await ownBoard(caller, id)
  await getStore()
    .db.updateTable('boards')
    .set({ name: nameOf(change.name), shared: change.shared ? 1 : 0, updated_at: now })
    .where('id', '=', id)
    .execute()
}

/** @throws NotThere */
export async function removeBoard(caller: Caller, id: string): Promise<void> {
  await ownBoard(caller, id)
  await getStore().db.deleteFrom('boards').where('id', '=', id).execute()
}

/** Puts a kept statement on a board, last. @throws NotThere, BadInput when the board is full */
export async function addTile(caller: Caller, id: string, query_id: string): Promise<void> {
  const { tiles } = await ownBoard(caller, id)
  await savedQuery(caller, query_id)
  if (tiles.length >= MOST_TILES) throw new BadInput('board', `A board has at most ${MOST_TILES} tiles.`)
  await getStore()
    .db.insertInto('board_tiles')
    .values({ id: crypto.randomUUID(), board_id: id, query_id, position: tiles.length, wide: 0 })
    .execute()
}

/** Takes tiles off, orders and widens them: what is not named goes. @throws NotThere */
export async function arrangeTiles(
  caller: Caller,
  id: string,
  order: readonly { readonly id: string; readonly wide: boolean }[],
): Promise<void> {
  const { tiles } = await ownBoard(caller, id)
  await getStore()
    .db.transaction()
    .execute(async (db) => {
      for (const tile of tiles) {
        const position = order.findIndex((wanted) => wanted.id === tile.id)
        if (position < 0) await db.deleteFrom('board_tiles').where('id', '=', tile.id).execute()
        else
          await db
            .updateTable('board_tiles')
            .set({ position, wide: order[position]?.wide ? 1 : 0 })
            .where('id', '=', tile.id)
            .execute()
      }
    })
}
