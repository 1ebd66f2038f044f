/**
 * Notes to days of a site. Whoever may see players reads them, whoever may edit adds some; its author, or who may
 * manage, changes one. A partner sees none; a shared link of all banners shows those its organization lets links show.
 */
import { type Annotation, type Annotations, MAX_ANNOTATION } from '#lib/annotations.ts'
import { isDay } from '#lib/day.ts'
import { callerMay } from './caller.ts'
import type { Opened } from './page.ts'
import { BadParameter } from './players/ask.ts'
import { mayChange } from './sql/saved.ts'
import { getStore } from './store/index.ts'
import type { Tables } from './store/tables.ts'

/** Of a range, the newest days first. */
const MOST = 200

/** What a request wants to note; of a change, what it names. */
export type AnnotationInput = Partial<Pick<Annotation, 'day' | 'text' | 'on_links'>>

/** Reads what a request wants. @throws BadParameter */
export function annotationInputOf(body: Readonly<Record<string, unknown>>): AnnotationInput {
  const { day, text, on_links } = body
  const said = typeof text === 'string' && text.isWellFormed() ? text.trim() : ''
  if (day !== undefined && !(typeof day === 'string' && isDay(day)))
    throw new BadParameter('invalid_date', 'day', 'a day is written as 2026-11-21')
  if (text !== undefined && (said === '' || said.length > MAX_ANNOTATION))
    throw new BadParameter('invalid_text', 'text', `a note has 1 to ${MAX_ANNOTATION} characters`)
  return {
    ...(day !== undefined && { day: day as string }),
    ...(text !== undefined && { text: said }),
    ...(on_links !== undefined && { on_links: on_links === true }),
  }
}

const annotationOf = ({ caller }: Opened, row: Tables['annotations']): Annotation => ({
  id: row.id,
  day: row.day,
  text: row.text,
  author: row.author,
  created_at: row.created_at,
  on_links: row.on_links === 1,
  mine: callerMay(caller, 'edit') && mayChange(caller, row.created_by),
})

/** The notes of the range that the caller may read, by day. */
export async function readAnnotations(opened: Opened): Promise<Annotations> {
  const { caller, site, range } = opened
  const isLink = caller.user_id.startsWith('link:') && caller.banner_prefixes === null
  const may_add = callerMay(caller, 'edit')
  if (!isLink && !callerMay(caller, 'players')) return { list: [], may_add }
  const rows = await getStore()
    .db.selectFrom('annotations')
    .selectAll()
    .where('organization_id', '=', caller.organization_id)
    .where('site_id', '=', site.site_id)
    .where('day', '>=', range.from)
    .where('day', '<=', range.to)
    .$if(isLink, (query) => query.where('on_links', '=', 1))
    .orderBy('day', 'desc')
    .orderBy('created_at', 'desc')
    .limit(MOST)
    .execute()
  return { list: rows.map((row) => annotationOf(opened, row)).reverse(), may_add }
}

/** Adds a note. @throws BadParameter */
export async function addAnnotation(opened: Opened, input: AnnotationInput): Promise<Annotation> {
  const { caller, site, now } = opened
  const { day, text, on_links = false } = input
  if (day === undefined || text === undefined)
    throw new BadParameter('invalid_body', 'body', 'day and text are wanted')
  const row: Tables['annotations'] = {
    id: Bun.randomUUIDv7(),
    organization_id: caller.organization_id,
    site_id: site.site_id,
    day,
    text,
    on_links: on_links ? 1 : 0,
    created_by: caller.user_id,
    author: caller.name || caller.email,
    created_at: now,
    updated_at: now,
  }
  await getStore().db.insertInto('annotations').values(row).execute()
  return annotationOf(opened, row)
}

/** The caller's to change: undefined when the site has none of that id, or it is someone else's. */
async function own(opened: Opened, id: string): Promise<Tables['annotations'] | undefined> {
  const row = await getStore()
    .db.selectFrom('annotations')
    .selectAll()
    .where('organization_id', '=', opened.caller.organization_id)
    .where('site_id', '=', opened.site.site_id)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && mayChange(opened.caller, row.created_by) ? row : undefined
}

/** Changes a note. @returns undefined when there is none that is the caller's to change */
export async function changeAnnotation(
  opened: Opened,
  id: string,
  { day, text, on_links }: AnnotationInput,
): Promise<Annotation | undefined> {
  const row = await own(opened, id)
  if (!row) return undefined
  const changed: Tables['annotations'] = {
    ...row,
    day: day ?? row.day,
    text: text ?? row.text,
    on_links: (on_links ?? row.on_links === 1) ? 1 : 0,
    updated_at: opened.now,
  }
  await getStore().db.updateTable('annotations').set(changed).where('id', '=', id).execute()
  return annotationOf(opened, changed)
}

/** Deletes a note. @returns whether there was one that is the caller's to change */
export async function deleteAnnotation(opened: Opened, id: string): Promise<boolean> {
  if (!(await own(opened, id))) return false
  await getStore().db.deleteFrom('annotations').where('id', '=', id).execute()
  return true
}
