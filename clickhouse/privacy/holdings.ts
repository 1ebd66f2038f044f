/**
 * Every table that says something of a single person, what of it is theirs, and what an erasure does with it. A test holds this list
 * against the columns of the schema: a new table with a player, visitor, session, payment or raw text in it fails until it stands here.
 *
 * Conditions name literal values only (`{some:…}` is a share of one list of the plan), so that they hold on one shard of a cluster too.
 */

/** What belongs to one player of one site; found before anything is erased. */
export interface Belongings {
  readonly site_id: string
  readonly player_id: string
  /** The visitors the player owns: what they did without a name is the player's. */
  readonly visitors: readonly string[]
  /** The hashes by which page analytics knows these visitors and the player. */
  readonly visitor_keys: readonly string[]
  readonly sessions: readonly string[]
  /** Events of the last days, which page_events holds without a name. */
  readonly recent_events: readonly string[]
  readonly payments: readonly string[]
  readonly findings: readonly string[]
  /** Whom findings and clocks name: the player, then the visitors. */
  readonly subjects: readonly string[]
  /** Regular expressions that find the player or a visitor in raw text. */
  readonly mentions: readonly string[]
}

export type ListName = {
  [Key in keyof Belongings]: Belongings[Key] extends readonly string[] ? Key : never
}[keyof Belongings]

export interface Part {
  readonly where: string
  /** The list that `{some:…}` in `where` is a share of. */
  readonly list?: ListName
}

export type Erasure =
  /** Rows are deleted. */
  | { readonly how: 'deleted' }
  /** Rows stay with nobody in them: the columns are set to these expressions. */
  | { readonly how: 'anonymised'; readonly set: string }
  /** Payments: what counts stays, without the player; see payments.ts. */
  | { readonly how: 'anonymised'; readonly set: null }
  /** Holds no id, and goes by itself. */
  | { readonly how: 'kept'; readonly why: string }

export type Holding = { readonly table: string; readonly parts: readonly Part[] } & Erasure

const OF_SITE = 'site_id = {site_id:String}'
const NAMED: Part = { where: `${OF_SITE} AND player_id = {player_id:String}` }
const UNNAMED: Part = {
  where: `${OF_SITE} AND player_id = '' AND visitor_id IN {some:Array(String)}`,
  list: 'visitors',
}
const PAID: Part = {
  where: `${OF_SITE} AND payment_id IN {some:Array(String)} AND player_id = {player_id:String}`,
  list: 'payments',
}
const mentioned = (text: string, of = ''): Part => ({
  where: `${of}match(${text}, {some:String})`,
  list: 'mentions',
})

/** In the order they are erased: the events last, since others are found by them. */
export const HOLDINGS: readonly Holding[] = [
  {
    table: 'page_events',
    parts: [{ where: `${OF_SITE} AND event_id IN {some:Array(UUID)}`, list: 'recent_events' }],
    how: 'deleted',
  },
  {
    table: 'sessions_log',
    parts: [
      NAMED,
      {
        where: `${OF_SITE} AND player_id = '' AND session_id IN {some:Array(String)}`,
        list: 'sessions',
      },
      {
        where: `${OF_SITE} AND player_id = '' AND toString(visitor_key) IN {some:Array(String)}`,
        list: 'visitor_keys',
      },
    ],
    how: 'anonymised',
    set: "player_id = '', session_id = '', visitor_key = sipHash64({salt:String}, visitor_key)",
  },
  {
    table: 'payment_days',
    parts: [
      {
        where: `${OF_SITE} AND payment_id IN {some:Array(String)} AND tupleElement(identity(first), 'player_id') = {player_id:String}`,
        list: 'payments',
      },
    ],
    how: 'anonymised',
    set: null,
  },
  {
    table: 'payment_places',
    parts: [
      {
        where: `${OF_SITE} AND payment_id IN {some:Array(String)} AND tupleElement(identity(first), 'player_id') = {player_id:String}`,
        list: 'payments',
      },
    ],
    how: 'anonymised',
    set: null,
  },
  { table: 'payment_variants', parts: [PAID], how: 'deleted' },
  { table: 'payment_players', parts: [NAMED], how: 'deleted' },
  {
    table: 'payment_changes',
    parts: [{ where: `${OF_SITE} AND payment_id IN {some:Array(String)}`, list: 'payments' }],
    how: 'deleted',
  },
  {
    table: 'finding_answers',
    parts: [{ where: 'finding_id IN {some:Array(UUID)}', list: 'findings' }],
    how: 'deleted',
  },
  {
    table: 'finding_states',
    parts: [{ where: `${OF_SITE} AND finding_id IN {some:Array(UUID)}`, list: 'findings' }],
    how: 'deleted',
  },
  {
    table: 'clock_skews',
    parts: [{ where: `${OF_SITE} AND subject IN {some:Array(String)}`, list: 'subjects' }],
    how: 'deleted',
  },
  {
    table: 'rejected_events_log',
    parts: [mentioned("concat(raw, ' ', sender, ' ', message)", "site_id IN ({site_id:String}, '') AND ")],
    how: 'deleted',
  },
  {
    table: 'broken_messages',
    parts: [mentioned('raw')],
    how: 'anonymised',
    // Line by line: others may stand in the same message, and a line's number is its identity.
    set: "raw = arrayStringConcat(arrayMap(line -> if(match(line, {some:String}), '', line), splitByChar('\\n', raw)), '\\n')",
  },
  {
    table: 'recount_differences',
    parts: [mentioned("concat(key, ' ', expected, ' ', stored)", `${OF_SITE} AND `)],
    how: 'deleted',
  },
  { table: 'players_log', parts: [NAMED], how: 'deleted' },
  { table: 'player_work', parts: [NAMED], how: 'deleted' },
  { table: 'player_changes', parts: [NAMED, UNNAMED], how: 'deleted' },
  { table: 'player_facts', parts: [NAMED], how: 'deleted' },
  { table: 'player_activity', parts: [NAMED], how: 'deleted' },
  { table: 'player_traits', parts: [NAMED], how: 'deleted' },
  { table: 'player_conversions', parts: [NAMED], how: 'deleted' },
  { table: 'player_touches', parts: [NAMED, UNNAMED], how: 'deleted' },
  { table: 'player_visitors', parts: [NAMED], how: 'deleted' },
  { table: 'visitor_players', parts: [NAMED], how: 'deleted' },
  ...(['visitor_facts', 'visitor_activity'] as const).map(
    (table): Holding => ({
      table,
      parts: [{ where: `${OF_SITE} AND visitor_id IN {some:Array(String)}`, list: 'visitors' }],
      how: 'deleted',
    }),
  ),
  { table: 'events_log', parts: [NAMED, UNNAMED], how: 'deleted' },
  ...(['fact_arrivals', 'fact_arrivals_taken'] as const).map(
    (table): Holding => ({
      table,
      parts: [NAMED, UNNAMED],
      how: 'kept',
      why: 'emptied every other second; the erased are left out of what is handed on',
    }),
  ),
  ...(['player_day_arrivals', 'player_day_arrivals_taken', 'player_days'] as const).map(
    (table): Holding => ({
      table,
      parts: [],
      how: 'kept',
      why: 'counts by a one-way hash, so that nobody counts twice; dropped once the day is closed',
    }),
  ),
  {
    table: 'erasures_log',
    parts: [],
    how: 'kept',
    why: 'names the player until the erasure is done; then it is the receipt',
  },
]

const TOKEN = '0-9A-Za-z_-'
const NAMES =
  'player_id|playerId|pid|user_id|userId|visitor_id|visitorId|session_id|sessionId|transaction_id|transactionId'
/** Shorter ids are looked for beside the names of fields only: `7` stands in every text. */
const TELLING_LENGTH = 6

/** A regular expression (RE2) that finds an id in raw text: as it is, as in a URL, as in JSON. */
export function mentionOf(id: string): string {
  const forms = [...new Set([id, encodeURIComponent(id), JSON.stringify(id).slice(1, -1)])].map(escaped)
  const end = `(?:[^${TOKEN}]|$)`
  if (id.length < TELLING_LENGTH)
    return `(?:${NAMES})[\\\\"']*\\s*[:=]\\s*[\\\\"']*(?:${forms.join('|')})${end}`
  return `(?:^|[^${TOKEN}]|%[0-9A-Fa-f]{2})(?:${forms.join('|')})${end}`
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
