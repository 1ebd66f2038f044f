/** The parameters that calls of the API take. What a schema here says is what is accepted: `judge.ts` refuses the rest. */
import { COHORT_STARTS, PERIODS } from '@rtpx/clickhouse/queries/cohort-limits'
import { ANY_EVENT, OPERATORS } from '@rtpx/clickhouse/queries/event-conditions'
import { BREAKDOWNS, MAX_STEPS } from '@rtpx/clickhouse/queries/funnel-limits'
import { PLAYER_ORDERS } from '@rtpx/clickhouse/queries/player-list'
import { type TSchema, Type } from '@sinclair/typebox'
import { FIGURES } from '#lib/campaigns/figures.ts'
import { PRESETS } from '#lib/presets.ts'
import { BACKS } from '#lib/retention/spec.ts'
import type { Operation, Parameter } from './operation.ts'
import { Day } from './schemas.ts'

type Query = NonNullable<Operation['query']>

/** Characters of a text that is looked for: a path is the longest. */
const LONGEST = 2_048

const oneOf = (names: readonly string[]) => Type.Union(names.map((name) => Type.Literal(name)))
/** Each name, and with a `-` before it for the most first. */
const ordersOf = (names: readonly string[]) => oneOf(names.flatMap((name) => [name, `-${name}`]))
const parameter = (about: string, schema: TSchema, more: Partial<Parameter> = {}): Parameter => ({
  about,
  schema,
  ...more,
})
const text = (about: string, example?: string, maxLength = LONGEST) =>
  parameter(about, Type.String({ maxLength }), example === undefined ? {} : { example })
export const needed = (about: string, example: string, schema: TSchema = Type.String({ maxLength: 1_024 })) =>
  parameter(about, schema, { example, required: true })
const choice = (about: string, names: readonly string[], example?: string, more: Partial<Parameter> = {}) =>
  parameter(about, oneOf(names), { ...(example !== undefined && { example }), ...more })

export const site = {
  site: parameter('Key of the site; the first of the caller’s without it', Type.String({ maxLength: 256 }), {
    example: 'default',
  }),
} satisfies Query

export const days = {
  from: parameter('First day; 30 days before the last without it', Day, {
    example: '2026-01-01',
    code: 'invalid_date',
  }),
  to: parameter('Last day; today without it', Day, { example: '2026-01-31', code: 'invalid_date' }),
} satisfies Query

const PRESET_KEYS = PRESETS.map(({ key }) => key)
const rangeOf = (names: readonly string[]) =>
  ({ ...site, range: choice('Instead of from and to', names, '7d'), ...days }) satisfies Query
export const range = rangeOf(PRESET_KEYS)
export const rangeOfSeries = rangeOf(['24h', ...PRESET_KEYS])

/** A list in parts. @param least 0 where only counting makes sense */
export const part = (most: number, least = 1) =>
  ({
    limit: parameter(`Rows of a part, ${most} at most`, Type.Integer({ minimum: least, maximum: most })),
    after: parameter('What the part before called next', Type.String({ maxLength: 4_096 }), {
      code: 'invalid_cursor',
    }),
  }) satisfies Query

const bots = (about: string) => ({ bots: choice(about, ['0', '1']) })
const banner = { banner: text('Only this banner', 'summer') }
const alike = {
  ...banner,
  domain: text('Only this domain', 'brand.com'),
  page: text('Only this path', '/pricing'),
  country: text('Only this country', 'DE'),
  device: text('Only this device', 'mobile'),
  browser: text('Only this browser'),
  os: text('Only this system'),
} satisfies Query

/** What narrows events and page views alike; an empty text asks for what is unknown. */
export const ofSeries = {
  ...alike,
  ...bots('1: with known bots, 0: without; without it events count them and page views do not'),
} satisfies Query
export const ofKpis = {
  ...ofSeries,
  compare: choice('What before is: the period before, or the year before', ['period', 'year']),
} satisfies Query

const PAGE_ORDERS = ['visitors', 'views', 'sessions', 'entries', 'bounces', 'duration_ms']
export const ofTopPages = {
  ...alike,
  channel: text('Only this channel', 'campaign'),
  source: text('Only this source'),
  ...bots('1: with known bots'),
  sort: parameter('Most first by this number', ordersOf(PAGE_ORDERS), { example: '-views' }),
} satisfies Query

export const ofRecent = {
  ...banner,
  type: text('Only this event type', 'visit', 64),
  domain: text('Only this domain'),
  country: text('Only this country'),
  ...bots('1: with known bots'),
  limit: parameter('Events', Type.Integer({ minimum: 1, maximum: 1_000 })),
} satisfies Query

export const ofCampaigns = {
  group: parameter(
    'Banners that begin alike are one row: the character they are cut at, or how many characters',
    Type.String({ pattern: '^(_{1,3}|-{1,3}|\\.{1,3}|:{1,3}|[1-9]|[1-5]\\d|6[0-4])?$' }),
    {
      example: '-',
      wanted:
        'one of _ - . : (twice for two parts, such as __, up to three), or a number of characters up to 64',
    },
  ),
  q: text('Only banners with this in their name', undefined, 128),
  sort: parameter('Most first by this number', ordersOf(['name', ...FIGURES]), { example: '-visits' }),
  currency: text('Money in this currency', 'EUR', 32),
  ...bots('0: without known bots, as far back as raw events are kept'),
} satisfies Query

const cohorts = { code: 'invalid_cohorts' }
export const ofRetention = {
  start: choice('What begins a cohort', COHORT_STARTS, 'registration', cohorts),
  period: choice('Length of a cohort', PERIODS, 'week', cohorts),
  back: choice('What counts as coming back', BACKS, 'deposit', cohorts),
  sum: choice('Amounts of each period, or all up to it', ['each', 'running'], undefined, cohorts),
  banner: text('Only players this banner acquired'),
  ...bots('0: without players all of whose events came from known bots'),
  currency: { ...text('Money in this currency', 'EUR', 32), ...cohorts },
} satisfies Query

const funnel = { code: 'invalid_funnel' }
const aStep = { ...funnel, wanted: 'the name of an event type, or * for any' }
const step = Type.String({ pattern: `^([a-z][a-z0-9_]{0,63}|\\${ANY_EVENT})$` })
const laterSteps = Object.fromEntries(
  Array.from({ length: MAX_STEPS - 2 }, (_, at) => [`s${at + 3}`, parameter('A further step', step, aStep)]),
)
export const ofFunnel = {
  s1: { ...needed('First step: an event type, or * for any', 'visit', step), ...aStep },
  s2: { ...needed('Second step', 'registration', step), ...aStep },
  ...laterSteps,
  window: parameter('How long all steps may take', Type.String({ pattern: '^[1-9]\\d{0,5}[mhd]$' }), {
    example: '7d',
    wanted: 'a number with m, h or d, such as 90m, 12h or 7d',
    ...funnel,
  }),
  order: choice('strict: nothing else between two steps', ['loose', 'strict'], undefined, funnel),
  by: choice('Told apart by', BREAKDOWNS, undefined, funnel),
  bots: choice('Known bots', ['with', 'without'], undefined, funnel),
} satisfies Query
/** `s1.metadata.plan.is`: the step, the field, the operator. */
export const filtersOfSteps = {
  name: 'filters of steps',
  pattern: `^s[1-${MAX_STEPS}]\\.[^.]+(\\.[^.]+)*\\.(${OPERATORS.join('|')})$`,
  about:
    'As s1.country.is=DE: the step, a field of the event, the operator. May stand several times: any of its values will do',
} satisfies Operation['patterned']

export const ofPlayers = {
  q: { ...text('A player’s id, or its beginning', undefined, 512), code: 'invalid_search' },
  segment: {
    ...text('Conditions as JSON, as of /api/segments', undefined, 16_384),
    code: 'invalid_segment',
  },
  ...bots('0: without players all of whose events came from known bots'),
  sort: parameter('- before it: the last first', ordersOf(PLAYER_ORDERS), { example: '-last_event_at' }),
  format: choice('csv: every match as a file, without parts', ['json', 'csv']),
} satisfies Query

export const reason = {
  reason: parameter('Only this reason', Type.String({ pattern: '^([a-z_]{1,64})?$' }), {
    example: 'missing_field',
    wanted: 'the code of a reason, such as missing_field',
  }),
} satisfies Query

export const ofPlayer = {
  ...site,
  after: parameter(
    'Events before these: what the part before called next',
    Type.String({ pattern: '^\\d{1,14}:[0-9a-f-]{36}$' }),
    { code: 'invalid_cursor', wanted: 'what an answer called next' },
  ),
  player_id: text('The player where a path cannot have it: for . and ..', undefined, 1_024),
} satisfies Query

export const ofCostFile = {
  ...site,
  dry_run: choice('1: a CSV is only looked at', ['0', '1']),
} satisfies Query
