/**
 * One row a person: how far their best attempt at a funnel got, and when.
 *
 * - A person is a player; a visitor without a name is the first player named together with it (the rule of `players`), else itself. An
 *   event that names neither is nobody's.
 * - An attempt begins at each event of the first step within the days asked for. It takes the earliest event of the next step after it,
 *   then the earliest of the step after that, and so on, all within the window from its beginning. Strict: with no other event of the
 *   funnel's types in between. The attempt that got furthest counts, the earliest of these.
 * - Events of one millisecond are in the order of the first step each is of, then of all of them; one event is at most one step of an attempt.
 * - Redelivered events are the same event, so they change nothing.
 *
 * A person's events are one array of numbers (time, steps, and a hash of what is broken down by), 8 or 16 bytes each, worked on by array functions that take
 * time in proportion to its length times the steps. Aggregation goes on with the disk past a share of the memory, and sorted blocks of
 * persons are worked off one after the other, so that memory is bounded by the settings in BOUNDED, whatever the number of events.
 */
import type { Params } from '../client.ts'
import { ANY_EVENT, boundCondition, type EventCondition, HAS_PREFIX, textOf } from './event-conditions.ts'
import { type Breakdown, MAX_STEPS, MAX_WINDOW_DAYS, MIN_STEPS } from './funnel-limits.ts'

const DAY_MS = 86_400_000

export interface FunnelQuestion {
  readonly site_id: string
  /** Days in the time zone of the site, both included, in which persons enter; later steps may come after them. */
  readonly from: string
  readonly to: string
  /** From 2 to 8, in order. */
  readonly steps: readonly EventCondition[]
  /** How long after entering the last step may be, ms; whole minutes. */
  readonly window_ms: number
  readonly order: 'loose' | 'strict'
  /** Whether events of known bots count. */
  readonly with_bots: boolean
  /** Only events whose banner begins with one of these count; null: all events. */
  readonly banner_prefixes: readonly string[] | null
}

/** Memory one statement may take, and seconds, fewer than an asker waits; aggregations that need more memory go on with the disk. */
export const BOUNDED = `max_execution_time = 9, max_memory_usage = 2000000000, max_bytes_before_external_group_by = 500000000,
  max_bytes_before_external_sort = 500000000, do_not_merge_across_partitions_select_final = 1`

/** SQL and what it binds. */
export interface Attempts {
  /** A SELECT of person, level (steps done), times (ms of each step done, else 0) and value (hash of the breakdown's, else 0). */
  readonly sql: string
  readonly params: Params
}

/**
 * @param by what the values are; null: none
 * @param named whether each row also has who: the player_id, or '' and the visitor_id
 * @throws RangeError when the steps or the window are out of bounds
 */
export function bestAttempts(question: FunnelQuestion, by: Breakdown | null, named = false): Attempts {
  const { steps, window_ms, order } = question
  if (steps.length < MIN_STEPS || steps.length > MAX_STEPS)
    throw new RangeError(`not ${MIN_STEPS} to ${MAX_STEPS} steps: ${steps.length}`)
  if (!(window_ms > 0 && window_ms <= MAX_WINDOW_DAYS * DAY_MS))
    throw new RangeError(`not a window of up to ${MAX_WINDOW_DAYS} days: ${window_ms}`)
  const events = eventsOf(question, by, named)
  const who = named ? ', who' : ''
  // Wide numbers where a value goes with each event; see `packed` below.
  const packed = by === null ? 'packed' : 'bitShiftRight(packed, 64)'
  const times = steps.map((_, at) => `t${at + 1}`)
  const within = times
    .slice(1)
    .map((_, at) => `(c.${at + 2} > 0 AND c.${at + 2} - c.1 <= {window_ms:Int64})`)
    .join(' + ')
  const sql = `
    SELECT person${who}, level, ${times.map((time, at) => `if(level > ${at}, best.${at + 1}, 0) AS ${time}`).join(', ')},
      best.${steps.length + 1} AS value
    FROM (
      SELECT person${who}, chains, arrayMap(c -> toUInt8(1 + ${within}), chains) AS levels, arrayMax(levels) AS level,
        chains[indexOf(levels, level)] AS best
      FROM (
        SELECT person${who}, ${chainsSql(steps.length, order, by !== null)} AS chains
        FROM (
          SELECT person${named ? ', any(named) AS who' : ''}, arraySort(groupArray(packed)) AS everything,
            arrayMap(packed -> toInt64(bitShiftRight(${packed}, 12)), everything) AS ms,
            arrayMap(packed -> toUInt8(bitAnd(${packed}, 255)), everything) AS steps
          FROM (${events.sql})
          GROUP BY person
          HAVING max(begins)))
      WHERE notEmpty(chains))`
  return { sql, params: events.params }
}

/**
 * The chains of a person: for each event of the first step the times of the steps done from there, 0 from the first that is never done; and
 * the value, if any. Worked out from the last step to the first: after each event, when the next one of a step is and the chain from there.
 */
function chainsSql(steps: number, order: 'loose' | 'strict', hasValue: boolean): string {
  const zeros = (count: number) => `tuple(${Array(count).fill('toInt64(0)').join(', ')})`
  let next = ''
  for (let step = steps; step >= 1; step -= 1) {
    const after = Array.from({ length: steps - step }, (_, at) => `if(b, c.${at + 1}, 0)`)
    const value =
      step === 1 && hasValue
        ? ['toUInt64(bitAnd(p, 18446744073709551615))']
        : step === 1
          ? ['toUInt64(0)']
          : []
    const chain = `tuple(${['if(b, t, 0)', ...after, ...value].join(', ')})`
    const isStep = `arrayMap(m -> bitTest(m, ${step - 1}), steps)`
    const from =
      step === steps
        ? `arrayMap((t, b) -> ${chain}, ms, ${isStep})`
        : step === 1
          ? `arrayMap((t, b, c, p) -> ${chain}, ms, ${isStep}, ${next}, everything)`
          : `arrayMap((t, b, c) -> ${chain}, ms, ${isStep}, ${next})`
    if (step === 1) return `arrayFilter(c -> c.1 > 0, ${from})`
    const following = `arrayPushBack(arrayPopFront(${from}), ${zeros(steps - step + 1)})`
    next = order === 'strict' ? following : `arrayReverseFill(c -> c.1 > 0, ${following})`
  }
  return next
}

/** A SELECT of person, packed (what an event is, as a number that sorts by time) and begins (whether it is of the first step, in the days). */
function eventsOf(question: FunnelQuestion, by: Breakdown | null, named: boolean): Attempts {
  const { site_id, from, to, steps, window_ms, order, with_bots, banner_prefixes } = question
  const conditions = steps.map((step, at) => boundCondition(step, `s${at + 1}`))
  const types = [...new Set(steps.map(({ event_type }) => event_type))]
  const where = [
    'site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {until:Date}',
    !types.includes(ANY_EVENT) && 'event_type IN {event_types:Array(String)}',
    !with_bots && 'NOT is_bot',
    banner_prefixes !== null && HAS_PREFIX,
  ]
    .filter(Boolean)
    .join(' AND ')
  const begins = `event_date <= {to:Date} AND ${conditions[0]?.sql}`
  const masks = conditions.map(({ sql }, at) => `${2 ** at} * ${at === 0 ? `(${begins})` : sql}`)
  const lowest = 'toUInt64(if(mask = 0, 0, 1 + bitCount(bitAnd(bitNot(mask), mask - 1))))'
  const packed = `bitOr(bitOr(bitShiftLeft(toUInt64(ms), 12), bitShiftLeft(${lowest}, 8)), toUInt64(mask))`
  const value = by === null ? '' : `, if(bitTest(mask, 0), sipHash64(${valueSql(by)}), 0) AS value`
  const anonymous = `SELECT visitor_id FROM events_log WHERE ${where} AND player_id = '' AND visitor_id != ''`
  const owners = `
    SELECT sipHash64('visitor', visitor_id) AS visitor_key, argMin(player_id, tuple(named_at, player_id)) AS owner,
      sipHash64('player', owner) AS owner_key
    FROM visitor_players
    WHERE site_id = {site_id:String} AND visitor_id IN (${anonymous})
    GROUP BY visitor_id`
  const sql = `
    SELECT if(owner_key = 0, own_key, owner_key) AS person, bitTest(mask, 0) AS begins,
      ${by === null ? packed : `bitOr(bitShiftLeft(toUInt128(${packed}), 64), toUInt128(value))`} AS packed
      ${named ? ", if(owner_key = 0, own_name, tuple(owner, '')) AS named" : ''}
    FROM (
      SELECT if(player_id != '', sipHash64('player', player_id), sipHash64('visitor', visitor_id)) AS own_key,
        toUnixTimestamp64Milli(occurred_at) AS ms, toUInt8(${masks.join(' + ')}) AS mask${value}
        ${named ? ", tuple(player_id, if(player_id = '', visitor_id, '')) AS own_name" : ''}
      FROM events
      WHERE ${where} AND (player_id != '' OR visitor_id != '') ${order === 'loose' ? 'AND mask > 0' : ''}) AS e
    LEFT ANY JOIN (${owners}) AS o ON e.own_key = o.visitor_key`
  const until = new Date(Date.parse(to) + Math.ceil(window_ms / DAY_MS + 1) * DAY_MS)
    .toISOString()
    .slice(0, 10)
  const params = Object.assign({}, ...conditions.map(({ params }) => params), {
    site_id,
    from,
    to,
    until,
    window_ms,
    event_types: types,
    ...(banner_prefixes && { banner_prefixes }),
  })
  return { sql, params }
}

/** What the event says of a breakdown, as text. */
export const valueSql = (by: Breakdown) => (by === 'day' ? 'toString(event_date)' : textOf(by))
