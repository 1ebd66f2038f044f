/**
 * What people wrote in the dashboard may name a player: notes, names, searches, statements. An erasure takes the name out of it and
 * leaves the rest. Found as raw text in ClickHouse is, so a short id only beside a field's name.
 */
import { mentionOf } from '@rtpx/clickhouse/privacy/holdings'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/tables.ts'

/** What stands in the place of the name. */
const NOBODY = '[erased]'

/** Every text of the application database that people write, by whose it is. */
const WRITTEN = [
  { table: 'annotations', columns: ['text'], of: 'site_id' },
  { table: 'saved_views', columns: ['name', 'search'], of: 'site_id' },
  { table: 'segments', columns: ['name', 'definition'], of: 'site_id' },
  { table: 'shared_links', columns: ['name', 'locked'], of: 'site_id' },
  { table: 'saved_queries', columns: ['name', 'sql', 'place_values'], of: 'organization_id' },
  { table: 'boards', columns: ['name'], of: 'organization_id' },
] as const

/** Takes a player out of a text. */
export function withoutPlayer(text: string, player_id: string): string {
  const forms = [player_id, encodeURIComponent(player_id), JSON.stringify(player_id).slice(1, -1)]
  return text.replace(new RegExp(mentionOf(player_id), 'g'), (mention) => {
    // What stands before and after it is found with it: the id is the last of it that is one.
    const form = forms.find((form) => mention.includes(form)) ?? player_id
    const at = mention.lastIndexOf(form)
    return mention.slice(0, at) + NOBODY + mention.slice(at + form.length)
  })
}

/** The parameters of a page: a search for exactly the player is one of them, however short. */
function searchWithout(search: string, player_id: string): string {
  const params = [...new URLSearchParams(search)].map(([name, value]): [string, string] => [
    name,
    ['q', 'player_id'].includes(name) && value === player_id ? NOBODY : withoutPlayer(value, player_id),
  ])
  const changed = new URLSearchParams(params)
  return String(changed) === String(new URLSearchParams(search)) ? search : String(changed)
}

/** Takes a player of a site out of what people wrote. @returns how many texts named the player */
export async function erasePlayerFromTexts(
  store: Kysely<Tables>,
  { site_id, player_id }: { readonly site_id: string; readonly player_id: string },
): Promise<number> {
  // Names come from the list above, which the compiler holds against the tables no further than this.
  const db = store as unknown as Kysely<Record<string, Record<string, string>>>
  const owner =
    (await store
      .selectFrom('organization_sites')
      .select('organization_id')
      .where('site_id', '=', site_id)
      .executeTakeFirst()) ??
    (await store
      .selectFrom('organizations')
      .select('id as organization_id')
      .orderBy('created_at')
      .orderBy('id')
      .executeTakeFirst())
  let count = 0
  for (const { table, columns, of } of WRITTEN) {
    const whose = of === 'site_id' ? site_id : owner?.organization_id
    if (whose === undefined) continue
    for (const row of await db.selectFrom(table).selectAll().where(of, '=', whose).execute()) {
      const changed = columns.flatMap((column) => {
        const text = row[column] ?? ''
        const clean = column === 'search' ? searchWithout(text, player_id) : withoutPlayer(text, player_id)
        return clean === text ? [] : [[column, clean] as const]
      })
      if (changed.length === 0) continue
      count += changed.length
      await db
        .updateTable(table)
        .set(Object.fromEntries(changed))
        .where('id', '=', row.id ?? '')
        .execute()
    }
  }
  return count
}
