/**
 * A segment as SQL over the view `players`. Every expression comes from the lists below, every value is bound, so no text of a segment
 * reaches the SQL; a test turns a hostile corpus loose on it.
 */
import type { Params } from '../client.ts'
import type { Field } from './fields.ts'
import { type Condition, type Group, isGroup, type Money } from './segment.ts'

/** When it is, where the site's days begin. */
export interface Calendar {
  /** Today in the site's time zone. */
  readonly today: string
  /** The first instant of a day in the site's time zone, ms. */
  readonly startOf: (day: string) => number
}

export interface CompiledSegment {
  /** A condition; `{site_id:String}` is the asker's to bind. */
  readonly where: string
  readonly params: Params
}

type Bind = (value: unknown, type: string) => string

/** A player's one value. */
const TEXTS: Partial<Record<Field, string>> = {
  stage: 'stage',
  banner_tag: 'banner_tag',
  converting_banner_tag: 'converting_banner_tag',
  player_id: 'player_id',
}

const VISITORS_OWNERS = (touched: string) => `
  SELECT argMin(player_id, tuple(named, player_id)) AS player_id FROM (
    SELECT visitor_id, player_id, min(named_at) AS named FROM visitor_players
    WHERE site_id = {site_id:String} AND visitor_id IN (
      SELECT visitor_id FROM player_touches WHERE site_id = {site_id:String} AND player_id = '' AND ${touched})
    GROUP BY visitor_id, player_id)
  GROUP BY visitor_id`

/** Of a field with any number of values: the players with one that meets `meets`, a condition on the column. */
const SETS: Partial<Record<Field, (meets: (column: string) => string) => string>> = {
  touched_banner: (meets) => `
    SELECT player_id FROM player_touches
    WHERE site_id = {site_id:String} AND player_id != '' AND ${meets('banner_tag')}
    UNION ALL ${VISITORS_OWNERS(meets('banner_tag'))}`,
  country: (meets) =>
    `SELECT player_id FROM player_traits WHERE site_id = {site_id:String} AND ${meets('country')}`,
  device: (meets) =>
    `SELECT player_id FROM player_traits WHERE site_id = {site_id:String} AND ${meets('device')}`,
  finding: (meets) => `
    SELECT subject FROM findings
    WHERE site_id = {site_id:String} AND subject_type IN ('player', 'client') AND status = 'open' AND ${meets('kind')}`,
}

/** Instants, and the one that is a day of UTC. */
const DATES: Partial<Record<Field, string>> = {
  first_seen: 'first_seen',
  registration_at: 'registration_at',
  deposit_at: 'deposit_at',
  last_event_at: 'last_event_at',
}

const NUMBERS: Partial<Record<Field, string>> = {
  total_deposits: 'toInt64(total_deposits)',
  days_to_registration: 'days_to_registration',
  days_to_deposit: 'days_to_deposit',
}

/** @throws when a field is in none of the lists: a new one needs its place */
export function compileSegment(segment: Group, calendar: Calendar): CompiledSegment {
  const params: Record<string, unknown> = {}
  const bind: Bind = (value, type) => {
    const name = `segment_${Object.keys(params).length}`
    params[name] = value
    return `{${name}:${type}}`
  }
  return { where: compileGroup(segment, calendar, bind), params }
}

function compileGroup({ match, of }: Group, calendar: Calendar, bind: Bind): string {
  // Nothing asked: everybody. Of an empty `any` too, or a group just begun would empty the list.
  if (of.length === 0) return 'true'
  const parts = of.map((node) =>
    isGroup(node) ? compileGroup(node, calendar, bind) : `ifNull(${compile(node, calendar, bind)}, false)`,
  )
  return `(${parts.join(match === 'all' ? ' AND ' : ' OR ')})`
}

function compile(condition: Condition, calendar: Calendar, bind: Bind): string {
  const { field, op, value } = condition
  const text = TEXTS[field]
  if (text) return op === 'is_not' ? `NOT ${meeting(condition, bind)(text)}` : meeting(condition, bind)(text)
  const set = SETS[field]
  if (set) {
    // Bound once, said wherever the set names its column.
    const meets = meeting(condition, bind)
    return `player_id ${op === 'is_not' ? 'NOT IN' : 'IN'} (${set(meets)})`
  }
  const number = NUMBERS[field]
  if (number) return `${number} ${op === 'at_least' ? '>=' : '<='} ${bind(value, 'Int64')}`
  if (field === 'inactive_days') {
    const day = addDays(calendar.today, op === 'at_least' ? 1 - Number(value) : -Number(value))
    return instant('last_event_at', op === 'at_least' ? '<' : '>=', day, calendar, bind)
  }
  if (field === 'amount') {
    const { currency, amount } = value as Money
    const comparison = op === 'at_least' ? '>=' : '<='
    return `amounts[${bind(currency, 'String')}] ${comparison} toDecimal128(${bind(amount, 'String')}, 8)`
  }
  return compileDate(condition, calendar, bind)
}

/** The condition that a column has one of the values, or begins with one. */
function meeting({ op, value }: Condition, bind: Bind): (column: string) => string {
  const values = bind(value, 'Array(String)')
  return op === 'starts_with'
    ? (column) => `arrayExists(start -> startsWith(${column}, start), ${values})`
    : (column) => `${column} IN ${values}`
}

function compileDate({ field, op, value }: Condition, calendar: Calendar, bind: Bind): string {
  const column = field === 'reactivated_at' ? 'reactivated_at' : DATES[field]
  if (!column) throw new Error(`segments/compile.ts does not know ${field}`)
  if (op === 'known') return `${column} IS NOT NULL`
  if (op === 'unknown') return `${column} IS NULL`
  const isDay = op === 'on_or_after' || op === 'before'
  const day = isDay ? String(value) : addDays(calendar.today, 1 - Number(value))
  const comparison = op === 'on_or_after' || op === 'in_last_days' ? '>=' : '<'
  if (field === 'reactivated_at') return `${column} ${comparison} ${bind(day, 'Date')}`
  return instant(column, comparison, day, calendar, bind)
}

const instant = (column: string, comparison: '<' | '>=', day: string, { startOf }: Calendar, bind: Bind) =>
  `${column} ${comparison} fromUnixTimestamp64Milli(${bind(startOf(day), 'Int64')}, 'UTC')`

const addDays = (day: string, days: number) =>
  new Date(Math.max(0, Date.parse(`${day}T00:00:00Z`) + days * 86_400_000)).toISOString().slice(0, 10)
