/** Alert rules, their channels, episodes and acknowledgements. Instants are ms since 1970; every change is a new row. */
import type { Episode } from '../alerts/episodes.ts'
import type { Definition, Kind, RuleInput } from '../alerts/rule.ts'
import type { ClickHouse } from '../client.ts'

/** A rule as it is stored. */
export interface StoredRule extends RuleInput {
  readonly rule_id: string
  readonly site_id: string
  readonly created_at: number
  readonly created_by: string
  readonly updated_at: number
  readonly updated_by: string
}

const ms = (column: string) => `toUnixTimestamp64Milli(r.${column}) AS ${column}`

/**
 * The rules of a site, or of every site, by name. A definition that this version cannot read is left as it is: whoever judges it says so.
 * @param site_id null for all
 */
export async function alertRules(clickhouse: ClickHouse, site_id: string | null): Promise<StoredRule[]> {
  const rows = await clickhouse.rows<Omit<StoredRule, 'definition'> & { definition: string }>(
    `SELECT rule_id, site_id, name, definition, channels, in_browser, enabled, ${ms('created_at')}, created_by, ${ms('updated_at')}, updated_by
     FROM alert_rules AS r ${site_id === null ? '' : 'WHERE site_id = {site_id:String}'}
     ORDER BY lower(name), rule_id LIMIT 10000`,
    { site_id: site_id ?? '' },
  )
  return rows.map((row) => ({ ...row, definition: JSON.parse(row.definition) as Definition }))
}

/** Writes a version of a rule. @param deleted the last one */
export async function writeRule(clickhouse: ClickHouse, rule: StoredRule, deleted = false): Promise<void> {
  const { definition, ...rest } = rule
  const row = { ...rest, kind: definition.kind, definition: JSON.stringify(definition), deleted }
  await clickhouse.insertLines('alert_rules_log', [JSON.stringify(row)])
}

export type ChannelKind = 'email' | 'slack' | 'webhook'

/** A channel as everyone may see it. */
export interface Channel {
  readonly channel_id: string
  readonly site_id: string
  readonly name: string
  readonly kind: ChannelKind
  readonly shown: string
  readonly created_at: number
  readonly updated_at: number
  readonly updated_by: string
}

export const alertChannels = (clickhouse: ClickHouse, site_id: string) =>
  clickhouse.rows<Channel>(
    `SELECT channel_id, site_id, name, kind, shown, ${ms('created_at')}, ${ms('updated_at')}, updated_by
     FROM alert_channels AS r WHERE site_id = {site_id:String} ORDER BY lower(name), channel_id`,
    { site_id },
  )

/** Where a channel leads, sealed; undefined when it is gone. */
export async function sealedChannel(clickhouse: ClickHouse, channel_id: string) {
  const [row] = await clickhouse.rows<Channel & { sealed: string }>(
    `SELECT channel_id, site_id, name, kind, shown, sealed, ${ms('created_at')}, ${ms('updated_at')}, updated_by
     FROM alert_channels_log AS r FINAL WHERE channel_id = {channel_id:UUID} AND NOT deleted`,
    { channel_id },
  )
  return row
}

/** Writes a version of a channel. @param deleted the last one */
export async function writeChannel(
  clickhouse: ClickHouse,
  channel: Channel & { readonly sealed: string },
  deleted = false,
): Promise<void> {
  await clickhouse.insertLines('alert_channels_log', [JSON.stringify({ ...channel, deleted })])
}

/** An episode with what is told of it. */
export interface StoredEpisode extends Episode {
  readonly site_id: string
  readonly rule_name: string
  readonly kind: Kind
  readonly words: string
  readonly channels: readonly string[]
  readonly in_browser: boolean
}

const EPISODE = `alert_id, rule_id, subject, sequence, site_id, rule_name, kind, status, ${ms('since')}, ${ms('opened_at')}, ${ms('well_since')},
  ${ms('resolved_at')}, resolved_by, value, bound, words, channels, in_browser, ${ms('judged_at')}, version`

/** The last episode of every rule and subject. */
export const latestEpisodes = (clickhouse: ClickHouse) =>
  clickhouse.rows<StoredEpisode>(
    `SELECT ${EPISODE} FROM alert_episodes AS r ORDER BY r.sequence DESC LIMIT 1 BY rule_id, subject`,
  )

/** Episodes that fired or were over since an instant: what may still have to be told. */
export const episodesToTell = (clickhouse: ClickHouse, since: number) =>
  clickhouse.rows<StoredEpisode>(
    `SELECT ${EPISODE} FROM alert_episodes AS r
     WHERE r.opened_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') OR r.resolved_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')`,
    { since },
  )

export async function writeEpisodes(
  clickhouse: ClickHouse,
  episodes: readonly StoredEpisode[],
): Promise<void> {
  if (episodes.length > 0)
    await clickhouse.insertLines(
      'alert_episodes_log',
      episodes.map((episode) => JSON.stringify(episode)),
    )
}

/** How a rule stood when it was last looked at. */
export interface Check {
  readonly rule_id: string
  readonly checked_at: number
  readonly at: number
  readonly outcome: string
  readonly value: number | null
  readonly bound: number | null
  readonly words: string
  readonly error: string
}

export async function writeChecks(clickhouse: ClickHouse, checks: readonly Check[]): Promise<void> {
  if (checks.length > 0)
    await clickhouse.insertLines(
      'alert_checks_log',
      checks.map((check) => JSON.stringify(check)),
    )
}

/** How the rules of a site stand. */
export const checksOf = (clickhouse: ClickHouse, site_id: string) =>
  clickhouse.rows<Check & { readonly firing: number; readonly pending: number }>(
    `SELECT rule_id, ${ms('checked_at')}, ${ms('at')}, outcome, value, bound, words, error, firing, pending
     FROM (SELECT * FROM alert_checks_log FINAL WHERE rule_id IN (SELECT rule_id FROM alert_rules WHERE site_id = {site_id:String})) AS r
     LEFT JOIN (
       SELECT rule_id, countIf(status IN ('firing', 'recovering')) AS firing, countIf(status = 'pending') AS pending
       FROM alert_episodes WHERE site_id = {site_id:String} GROUP BY rule_id) AS e USING (rule_id)`,
    { site_id },
  )

/** When each rule was last looked at, and for which instant. */
export const lastLooks = (clickhouse: ClickHouse) =>
  clickhouse.rows<Pick<Check, 'rule_id' | 'checked_at' | 'at'>>(
    `SELECT rule_id, ${ms('checked_at')}, ${ms('at')} FROM alert_checks_log AS r FINAL`,
  )

/** A row of `alerts`. */
export interface Alert {
  readonly alert_id: string
  readonly rule_id: string
  readonly rule_name: string
  readonly kind: Kind
  readonly subject: string
  readonly since: number
  readonly opened_at: number
  readonly resolved_at: number | null
  readonly resolved_by: string
  readonly value: number | null
  readonly bound: number | null
  readonly words: string
  readonly acknowledged_at: number | null
  readonly acknowledged_by: string
  readonly note: string
}

const ALERT = `alert_id, rule_id, rule_name, kind, subject, ${ms('since')}, ${ms('opened_at')}, ${ms('resolved_at')}, resolved_by, value, bound, words,
  ${ms('acknowledged_at')}, acknowledged_by, note`

/** The alerts of a site that fired or still lasted in [from, to), firing ones first, then the newest. */
export const alertsOf = (
  clickhouse: ClickHouse,
  filter: { readonly site_id: string; readonly from: number; readonly to: number; readonly limit: number },
) =>
  clickhouse.rows<Alert>(
    `SELECT ${ALERT} FROM alerts AS r
     WHERE site_id = {site_id:String} AND r.opened_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
       AND (r.resolved_at IS NULL OR r.resolved_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
     ORDER BY r.resolved_at IS NOT NULL, r.opened_at DESC, alert_id LIMIT {limit:UInt32}`,
    filter,
  )

/** Alerts that open dashboards show: fired since an instant. */
export const alertNews = (clickhouse: ClickHouse, site_ids: readonly string[], since: number) =>
  clickhouse.rows<{ alert_id: string; site_id: string; rule_name: string; words: string; opened_at: number }>(
    `SELECT alert_id, site_id, rule_name, words, ${ms('opened_at')} FROM alert_episodes AS r
     WHERE site_id IN {site_ids:Array(String)} AND in_browser AND r.opened_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
     ORDER BY r.opened_at DESC LIMIT 20`,
    { site_ids, since },
  )

/** The site an alert is of; undefined when there is no such alert. */
export async function siteOfAlert(clickhouse: ClickHouse, alert_id: string): Promise<string | undefined> {
  const [row] = await clickhouse.rows<{ site_id: string }>(
    'SELECT site_id FROM alerts WHERE alert_id = {alert_id:UUID} LIMIT 1',
    { alert_id },
  )
  return row?.site_id
}

/** Notes who has seen an alert; the newest word counts. */
export async function acknowledge(
  clickhouse: ClickHouse,
  word: {
    readonly alert_id: string
    readonly acknowledged_at: number
    readonly acknowledged_by: string
    readonly note: string
  },
): Promise<void> {
  await clickhouse.insertLines('alert_acknowledgements_log', [JSON.stringify(word)])
}

/** What a rule of a site can be about: types, banners and currencies of its last 30 days, the most used first. */
export async function alertChoices(clickhouse: ClickHouse, site_id: string) {
  const [types, banners, currencies] = await Promise.all([
    clickhouse.rows<{ name: string }>(
      `SELECT event_type AS name FROM daily_metrics AS d WHERE site_id = {site_id:String} AND event_date >= today() - 30
       GROUP BY event_type ORDER BY sum(d.count) DESC LIMIT 50`,
      { site_id },
    ),
    clickhouse.rows<{ name: string }>(
      `SELECT banner_tag AS name FROM event_summary AS s WHERE site_id = {site_id:String} AND event_date >= today() - 30 AND banner_tag != ''
       GROUP BY banner_tag ORDER BY sum(s.count) DESC LIMIT 200`,
      { site_id },
    ),
    clickhouse.rows<{ name: string }>(
      `SELECT currency AS name FROM daily_amounts AS d WHERE site_id = {site_id:String} AND event_date >= today() - 30 AND currency != ''
       GROUP BY currency ORDER BY sum(d.count) DESC LIMIT 20`,
      { site_id },
    ),
  ])
  const names = (rows: readonly { name: string }[]) => rows.map(({ name }) => name)
  return { event_types: names(types), banners: names(banners), currencies: names(currencies) }
}
