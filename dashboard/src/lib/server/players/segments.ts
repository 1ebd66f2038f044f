/** Segments that people of an organization saved, by site. */

import { countPlayers } from '@rtpx/clickhouse/queries/player-list'
import { parseSegment, SegmentError } from '@rtpx/clickhouse/segments/segment'
import type { CountedSegment, SavedSegment } from '#lib/players/list.ts'
import { logger } from '../log.ts'
import type { Opened } from '../page.ts'
import { getStore } from '../store/index.ts'
import type { Tables } from '../store/tables.ts'
import { BadParameter, questionOf, refusal } from './ask.ts'

const MAX_NAME = 120
const MAX_SAVED = 200
/** How old the count of a saved segment may be, ms. */
const COUNT_MS = 60_000

/** What was sent to be saved. */
export interface SegmentDraft {
  readonly name: string
  readonly definition: SavedSegment['definition']
}

/** A draft, or part of one, from a request's body. @throws BadParameter */
export function readDraft({ name, definition }: Readonly<Record<string, unknown>>): Partial<SegmentDraft> {
  return {
    ...(name !== undefined && { name: readName(name) }),
    ...(definition !== undefined && { definition: readDefinition(definition) }),
  }
}

function readName(name: unknown): string {
  const text = typeof name === 'string' && name.isWellFormed() ? name.trim() : ''
  if (text === '' || text.length > MAX_NAME)
    throw new BadParameter('invalid_name', 'name', `a name has 1 to ${MAX_NAME} characters`)
  return text
}

function readDefinition(definition: unknown): SavedSegment['definition'] {
  try {
    return parseSegment(definition)
  } catch (error) {
    if (!(error instanceof SegmentError)) throw error
    throw new BadParameter('invalid_segment', 'definition', refusal(error))
  }
}

const savedOf = ({ definition, organization_id: _, ...row }: Tables['segments']): SavedSegment => ({
  ...row,
  definition: parseSegment(JSON.parse(definition)),
})

/** The organization's segments of a site, by name. */
export async function savedSegments(organization_id: string, site_id: string): Promise<SavedSegment[]> {
  const rows = await getStore()
    .db.selectFrom('segments')
    .selectAll()
    .where('organization_id', '=', organization_id)
    .where('site_id', '=', site_id)
    .orderBy('name')
    .orderBy('id')
    .limit(MAX_SAVED)
    .execute()
  return rows.map(savedOf)
}

/** The same with how many players are in each now. */
export async function countedSegments(opened: Opened): Promise<CountedSegment[]> {
  const { services, caller, site } = opened
  const counted: CountedSegment[] = []
  // One after another: a list of saved segments must not hold the engine.
  for (const segment of await savedSegments(caller.organization_id, site.site_id)) {
    const question = questionOf(opened, { search: '', segment: segment.definition, with_bots: true })
    const players = await services
      .share(`players ${JSON.stringify(question)}`, COUNT_MS, () =>
        countPlayers(services.clickhouse, question),
      )
      .then((stages) => Object.values(stages).reduce((sum, count) => sum + count, 0))
      .catch((error: unknown) => {
        logger.warn({ err: error }, 'a saved segment could not be counted')
        return null
      })
    counted.push({ ...segment, players })
  }
  return counted
}

/** Saves a segment. @throws BadParameter when there are too many */
export async function saveSegment({ caller, site, now }: Opened, draft: SegmentDraft): Promise<SavedSegment> {
  const { length } = await savedSegments(caller.organization_id, site.site_id)
  if (length >= MAX_SAVED)
    throw new BadParameter('too_many_segments', 'name', `a site has at most ${MAX_SAVED} saved segments`)
  const row: Tables['segments'] = {
    id: Bun.randomUUIDv7(),
    organization_id: caller.organization_id,
    site_id: site.site_id,
    name: draft.name,
    definition: JSON.stringify(draft.definition),
    created_by: caller.name || caller.email,
    created_at: now,
    updated_at: now,
  }
  await getStore().db.insertInto('segments').values(row).execute()
  return savedOf(row)
}

/** Those of the caller's organization, on sites the caller may see. */
const mine = ({ caller }: Opened) => ({
  organization_id: caller.organization_id,
  sites: caller.site_ids === 'all' ? null : [...caller.site_ids],
})

/** Changes a saved segment. @returns undefined when the organization has none of that id */
export async function changeSegment(
  opened: Opened,
  id: string,
  { name, definition }: Partial<SegmentDraft>,
): Promise<SavedSegment | undefined> {
  const { organization_id, sites } = mine(opened)
  const row = await getStore()
    .db.updateTable('segments')
    .set({
      updated_at: opened.now,
      ...(name !== undefined && { name }),
      ...(definition !== undefined && { definition: JSON.stringify(definition) }),
    })
    .where('organization_id', '=', organization_id)
    .where('id', '=', id)
    .$if(sites !== null, (query) => query.where('site_id', 'in', sites ?? []))
    .returningAll()
    .executeTakeFirst()
  return row && savedOf(row)
}

/** Deletes a saved segment. @returns whether there was one */
export async function deleteSegment(opened: Opened, id: string): Promise<boolean> {
  const { organization_id, sites } = mine(opened)
  const { numDeletedRows } = await getStore()
    .db.deleteFrom('segments')
    .where('organization_id', '=', organization_id)
    .where('id', '=', id)
    .$if(sites !== null, (query) => query.where('site_id', 'in', sites ?? []))
    .executeTakeFirst()
  return numDeletedRows > 0n
}
