/**
 * Findings: what does not add up, told afresh from the facts for whom something changed, and kept with what people said about it.
 *
 * - A finding's id is made from its kind, site and subject (and day, where each day is a finding of its own).
 * - Only what is new or different is written, so a second run writes nothing.
 * - Of each site, kind and day of event at most `MAX_A_DAY` findings are noted, so a broken pixel does not fill the table.
 */
import type { ClickHouse } from '../client.ts'
import { amongFew, amongMany, NEVER, NOBODY, ownedVisitors, SHARE } from './player-lifecycles.ts'
import type { Share } from './players.ts'

const MAX_A_DAY = 1_000
const BOUNDED = `max_memory_usage = 2000000000, max_bytes_before_external_group_by = 500000000,
  max_bytes_before_external_sort = 500000000`

/** Each of a player's kinds as a SELECT of subject, of_day, event_date, evidence and holds for the share's players. */
function playerFindings(players: number) {
  const among = players > 2_000 ? amongMany : amongFew
  return {
    deposit_without_registration: `
      SELECT site_id, player_id AS subject, toDate(0) AS of_day, toDate(deposit.1) AS event_date,
        map('event_ids', [toString(deposit.2)], 'deposit_at', [toString(deposit.1)]) AS evidence,
        registration.1 = ${NEVER} AS holds
      FROM (
        SELECT site_id, player_id, min(first_deposit) AS deposit, min(first_registration) AS registration
        FROM player_conversions PREWHERE ${among('player_id', SHARE)}
        GROUP BY site_id, player_id HAVING deposit.1 < ${NEVER})`,
    registration_before_visit: `
      SELECT site_id, player_id AS subject, toDate(0) AS of_day, toDate(registration.1) AS event_date,
        map('event_ids', [toString(registration.2)], 'registration_at', [toString(registration.1)],
          'visit_at', [toString(visited)]) AS evidence,
        registration.1 < visited AND registration.1 <= seen AS holds
      FROM (
        SELECT site_id, player_id, min(registered) AS registration, min(first_visit_at) AS visited, min(first_at) AS seen
        FROM (
          SELECT site_id, player_id, first_registration AS registered, ${NEVER} AS first_visit_at, ${NEVER} AS first_at
          FROM player_conversions PREWHERE ${among('player_id', SHARE)}
          UNION ALL
          SELECT site_id, player_id, ${NOBODY}, first_visit_at, first_at
          FROM player_facts PREWHERE ${among('player_id', SHARE)}
          UNION ALL
          SELECT site_id, player_id, ${NOBODY}, ${NEVER}, first_at FROM (${ownedVisitors(among)}))
        GROUP BY site_id, player_id HAVING registration.1 < ${NEVER} AND visited < ${NEVER})`,
    two_banners: `
      SELECT site_id, player_id AS subject, event_date AS of_day, event_date,
        map('event_ids', arrayMap(t -> toString(t.2), firsts), 'banners', arrayMap(t -> t.3, firsts)) AS evidence, true AS holds
      FROM (
        SELECT site_id, player_id, event_date, arraySlice(arraySort(groupArray(first)), 1, 10) AS firsts
        FROM (
          SELECT site_id, player_id, event_date, min(tuple(occurred_at, event_id, toString(banner_tag))) AS first
          FROM player_touches PREWHERE ${among('player_id', SHARE)} WHERE visitor_id = ''
          GROUP BY site_id, player_id, event_date, banner_tag)
        GROUP BY site_id, player_id, event_date HAVING count() > 1)`,
  } as const
}

/** Payments heard of since an instant with more than one amount or currency. */
const PAYMENT_CONFLICTS = `
  SELECT site_id, event_type AS subject_type, payment_id AS subject, toDate(0) AS of_day, firsts[1].5 AS event_date,
    map('event_ids', arrayMap(t -> toString(t.2), firsts),
      'amounts', arrayMap(t -> concat(toString(t.4), ' ', t.3), firsts)) AS evidence, true AS holds
  FROM (
    SELECT site_id, event_type, payment_id, arraySlice(arraySort(groupArray(said)), 1, 10) AS firsts
    FROM (
      SELECT site_id, event_type, payment_id,
        min(tuple(tupleElement(first, 'created_at'), tupleElement(first, 'event_id'), toString(currency), amount, event_date)) AS said
      FROM payment_variants
      WHERE cityHash64(site_id, event_type, payment_id) IN (
        SELECT cityHash64(site_id, event_type, payment_id) FROM payment_changes
        WHERE changed_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
      GROUP BY site_id, event_type, payment_id, currency, amount, has_amount)
    GROUP BY site_id, event_type, payment_id HAVING count() > 1)`

/** Clients heard of since an instant whose clock was far off. */
const CLOCKS_OFF = `
  SELECT site_id, subject, event_date AS of_day, event_date,
    map('event_ids', if(clamped = toUUIDOrZero(''), [toString(farthest.2)], arrayDistinct([toString(farthest.2), toString(clamped)])),
      'occurred_at', [toString(farthest.3)], 'created_at', [toString(farthest.4)],
      'set_back_by_edge', [if(clamped = toUUIDOrZero(''), 'no', 'yes')]) AS evidence, true AS holds
  FROM (
    SELECT site_id, subject, event_date, max(worst) AS farthest, max(clamped_id) AS clamped FROM clock_skews
    WHERE (site_id, event_date, subject) IN (
      SELECT site_id, event_date, subject FROM clock_skews WHERE changed_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
    GROUP BY site_id, subject, event_date)`

export type FindingKind = keyof ReturnType<typeof playerFindings> | 'payment_conflict' | 'clock_off'

/** Writes what is new or different of one kind. @param found SELECT of the candidates, whether they hold or no longer do */
async function write(
  clickhouse: ClickHouse,
  kind: FindingKind,
  found: string,
  params: Readonly<Record<string, unknown>>,
): Promise<void> {
  await clickhouse.command(
    `INSERT INTO finding_states
       (finding_id, site_id, kind, subject_type, subject, of_day, event_date, first_seen_at, evidence, holds, checked_at)
     SELECT reinterpretAsUUID(sipHash128({kind:String}, site, about, whom, day)), site, {kind:String}, about, whom, day,
       date, if(is_known, known_since, fromUnixTimestamp64Milli({now:Int64}, 'UTC')), proof, still,
       fromUnixTimestamp64Milli({now:Int64}, 'UTC')
     FROM (
       SELECT toString(f.site_id) AS site, toString(f.subject_type) AS about, f.subject AS whom, f.of_day AS day,
         f.event_date AS date, s.first_seen_at AS known_since, s.site_id != '' AS is_known,
         if(f.holds, toJSONString(f.evidence), s.evidence) AS proof, f.holds AS still,
         row_number() OVER (PARTITION BY site, date, is_known ORDER BY about, whom, day) AS nth
       FROM (${found}) AS f
       LEFT JOIN (
         SELECT site_id, subject_type, subject, of_day, first_seen_at, evidence, holds FROM finding_states FINAL
         WHERE kind = {kind:String}) AS s
         ON f.site_id = s.site_id AND f.subject_type = s.subject_type AND f.subject = s.subject AND f.of_day = s.of_day
       WHERE if(is_known, f.holds != s.holds OR (f.holds AND toJSONString(f.evidence) != s.evidence), f.holds)) AS n
     LEFT JOIN (
       SELECT toString(site_id) AS noted_site, event_date AS noted_date, count() AS noted FROM finding_states FINAL
       WHERE kind = {kind:String} GROUP BY noted_site, noted_date) AS c ON n.site = c.noted_site AND n.date = c.noted_date
     WHERE is_known OR nth + noted <= ${MAX_A_DAY}
     SETTINGS ${BOUNDED}`,
    { ...params, kind },
  )
}

/** Looks at the share's players. @param now start of the run by ClickHouse's clock, ms: the version of what is written */
export async function writePlayerFindings(clickhouse: ClickHouse, share: Share, now: number): Promise<void> {
  for (const [kind, found] of Object.entries(playerFindings(share.players)))
    await write(clickhouse, kind as FindingKind, `SELECT *, 'player' AS subject_type FROM (${found})`, {
      ...share,
      now,
    })
}

/** Looks at the payments and clocks heard of since an instant (ms). */
export async function writeEventFindings(clickhouse: ClickHouse, since: number, now: number): Promise<void> {
  await write(clickhouse, 'payment_conflict', PAYMENT_CONFLICTS, { since, now })
  await write(clickhouse, 'clock_off', `SELECT *, 'client' AS subject_type FROM (${CLOCKS_OFF})`, {
    since,
    now,
  })
}

/** How many findings a run has written. @param now as given to the writers */
export async function countFindingsWritten(clickhouse: ClickHouse, now: number): Promise<number> {
  const [row] = await clickhouse.rows<{ rows: number }>(
    `SELECT count() AS rows FROM finding_states WHERE checked_at = fromUnixTimestamp64Milli({now:Int64}, 'UTC')`,
    { now },
  )
  return row?.rows ?? 0
}

export type FindingStatus = 'open' | 'resolved' | 'explained'

export interface Finding {
  readonly finding_id: string
  readonly kind: FindingKind
  readonly subject_type: 'player' | 'deposit' | 'purchase' | 'client'
  readonly subject: string
  readonly event_date: string
  readonly first_seen_at: string
  /** JSON: `event_ids` and what else it rests on, each a list of texts. */
  readonly evidence: string
  readonly status: FindingStatus
  readonly note: string
  readonly changed_by: string
  readonly changed_at: string
}

/** How many findings of a site are open, by kind. */
export const openFindingCounts = (clickhouse: ClickHouse, site_id: string) =>
  clickhouse.rows<{ kind: FindingKind; count: number }>(
    `SELECT kind, count() AS count FROM findings WHERE site_id = {site_id:String} AND status = 'open'
     GROUP BY kind ORDER BY count DESC, kind`,
    { site_id },
  )

/** Findings of a site, the newest first. @param page kinds and statuses wanted (none: all) and the part to read */
export const listFindings = (
  clickhouse: ClickHouse,
  site_id: string,
  page: {
    readonly kinds?: readonly FindingKind[]
    readonly statuses?: readonly FindingStatus[]
    readonly limit: number
    readonly offset?: number
  },
) =>
  clickhouse.rows<Finding>(
    `SELECT finding_id, kind, subject_type, subject, event_date, first_seen_at, evidence, status, note, changed_by, changed_at
     FROM findings
     WHERE site_id = {site_id:String} AND (empty({kinds:Array(String)}) OR has({kinds:Array(String)}, kind))
       AND (empty({statuses:Array(String)}) OR has({statuses:Array(String)}, status))
     ORDER BY event_date DESC, kind, subject LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    { kinds: [], statuses: [], offset: 0, ...page, site_id },
  )

export interface FindingAnswer {
  readonly site_id: string
  readonly finding_id: string
  /** resolved: put right; explained: right as it is, whatever comes; open: taken back. */
  readonly status: FindingStatus
  readonly note: string
  readonly answered_by: string
}

/** Notes what a person says about a finding. Does nothing when the site has no such finding. */
export async function answerFinding(clickhouse: ClickHouse, answer: FindingAnswer): Promise<void> {
  await clickhouse.command(
    `INSERT INTO finding_answers (finding_id, answer, note, answered_by, evidence, answered_at)
     SELECT finding_id, {answer:String}, {note:String}, {answered_by:String}, evidence, now64(3)
     FROM finding_states FINAL WHERE site_id = {site_id:String} AND finding_id = {finding_id:UUID}`,
    { ...answer, answer: answer.status === 'open' ? '' : answer.status },
  )
}
