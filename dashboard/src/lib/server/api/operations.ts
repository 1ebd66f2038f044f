/** Every documented call of the API. What only the dashboard's own pages ask is not here: it follows them and may change (`api.test.ts` lists it). */
import { type TSchema, Type } from '@sinclair/typebox'
import { ALERT_CHANGES } from './alert-changes.ts'
import { CHANGES, fields, newSegment } from './changes.ts'
import type { Operation } from './operation.ts'
import * as takes from './parameters.ts'
import * as of from './schemas.ts'

const { site, days, range, part, needed } = takes

const rows = (name: string, schema: TSchema) => Type.Object({ [name]: Type.Array(schema), next: of.Next })

const NUMBERS = 'Numbers'
const CAMPAIGNS = 'Campaigns'
const PLAYERS = 'Players'
const QUALITY = 'Quality'
const SITES = 'Sites'

const get = (
  path: string,
  tag: string,
  permission: Operation['permission'],
  summary: string,
  query: Operation['query'],
  schema: TSchema,
  more: Partial<Operation> = {},
): Operation => ({
  method: 'GET',
  path,
  tag,
  permission,
  summary,
  ...(query && { query }),
  answer: { status: 200, schema },
  ...more,
})

const kpis =
  'Page views, visitors, sessions, visits, registrations, deposits and amounts, and those of the period before'
const series = 'Page views, visitors and events by hour or day; range=24h for the last 24 hours'
const topPages = 'Pages with their views, visitors, sessions, entries, bounces and time'
const recent = 'Events of the last 30 minutes, the newest first'
const kpisQuery = { ...range, ...takes.ofKpis }
const seriesQuery = { ...takes.rangeOfSeries, ...takes.ofSeries }
const topPagesQuery = { ...range, ...takes.ofTopPages, ...part(1_000) }
const recentQuery = { ...site, ...takes.ofRecent }

const cost = {
  schema: Type.Object({
    banner_tag: of.Text,
    applies_to: Type.Optional(Type.Union([Type.Literal('banner'), Type.Literal('prefix')])),
    from_day: of.Day,
    to_day: of.Day,
    amount: of.Exact,
    currency: of.Text,
    note: Type.Optional(of.Text),
  }),
  example: {
    banner_tag: 'summer',
    applies_to: 'banner',
    from_day: '2026-01-01',
    to_day: '2026-01-31',
    amount: '1200.50',
    currency: 'EUR',
  },
  judged_by_route: true,
} satisfies Operation['body']
export const OPERATIONS: readonly Operation[] = [
  get(
    '/api/metrics',
    NUMBERS,
    'players',
    'Counts by day and event type: a player counts once a day and type',
    { ...site, ...days },
    Type.Array(of.MetricRow),
    {
      problems: { 400: ['invalid_date', 'invalid_range', 'range_too_long'] },
    },
  ),
  get('/api/analytics/kpis', NUMBERS, 'players', kpis, kpisQuery, of.Kpis),
  get('/analytics/summary', NUMBERS, 'players', kpis, kpisQuery, of.Kpis),
  get('/api/analytics/timeseries', NUMBERS, 'players', series, seriesQuery, of.Timeseries),
  get('/analytics/timeseries', NUMBERS, 'players', series, seriesQuery, of.Timeseries),
  get('/api/analytics/top-pages', NUMBERS, 'players', topPages, topPagesQuery, rows('pages', of.PageRow)),
  get('/analytics/top-pages', NUMBERS, 'players', topPages, topPagesQuery, rows('pages', of.PageRow)),
  get(
    '/api/analytics/recent',
    NUMBERS,
    'read',
    recent,
    recentQuery,
    Type.Object({ events: Type.Array(of.RecentEvent) }),
  ),
  get(
    '/analytics/recent',
    NUMBERS,
    'read',
    recent,
    recentQuery,
    Type.Object({ events: Type.Array(of.RecentEvent) }),
  ),

  get(
    '/api/analytics/campaigns',
    CAMPAIGNS,
    'read',
    'What each banner brought, with the total and what is beyond the part',
    { ...range, ...takes.ofCampaigns, ...part(1_000) },
    of.Campaigns,
    { problems: { 400: ['invalid_group', 'invalid_sort'] } },
  ),
  get(
    '/api/analytics/funnel',
    CAMPAIGNS,
    'read',
    'People by step, with conversion and times between steps',
    { ...range, ...takes.ofFunnel },
    of.Funnel,
    { patterned: takes.filtersOfSteps, problems: { 400: ['invalid_funnel'] } },
  ),
  get(
    '/api/analytics/retention',
    CAMPAIGNS,
    'read',
    'Cohorts and who of them came back',
    { ...range, ...takes.ofRetention },
    of.Retention,
    { problems: { 400: ['invalid_cohorts'] } },
  ),
  get(
    '/api/costs',
    CAMPAIGNS,
    'players',
    'What campaigns cost, as entered',
    { ...site, ...part(1_000) },
    Type.Array(of.Cost),
  ),
  {
    method: 'POST',
    path: '/api/costs',
    tag: CAMPAIGNS,
    permission: 'edit',
    summary: 'Enters a cost',
    query: takes.ofCostFile,
    body: cost,
    answer: { status: 201 },
    problems: { 400: ['invalid_cost'], 409: ['too_many_costs'] },
  },
  {
    method: 'PUT',
    path: '/api/costs/{cost_id}',
    tag: CAMPAIGNS,
    permission: 'edit',
    summary: 'Changes a cost, or brings it back; with updated_at only the version that was seen',
    path_parameters: { cost_id: needed('The cost', '00000000-0000-4000-8000-000000000000') },
    query: site,
    body: cost,
    answer: { status: 200, schema: of.Cost },
    problems: { 400: ['invalid_cost'], 404: ['unknown_cost'] },
  },
  {
    method: 'DELETE',
    path: '/api/costs/{cost_id}',
    tag: CAMPAIGNS,
    permission: 'edit',
    summary: 'Removes a cost',
    path_parameters: { cost_id: needed('The cost', '00000000-0000-4000-8000-000000000000') },
    query: site,
    answer: { status: 204 },
    problems: { 404: ['unknown_cost'] },
  },

  get(
    '/api/players',
    PLAYERS,
    'players',
    'Players of a segment, a part at a time; limit=0 counts them only',
    { ...site, ...takes.ofPlayers, ...part(1_000, 0) },
    of.Players,
    { problems: { 400: ['invalid_search', 'invalid_segment', 'invalid_sort'] } },
  ),
  get(
    '/api/players/{player_id}',
    PLAYERS,
    'players',
    'One player: lifecycle, payments, findings, events',
    takes.ofPlayer,
    of.PlayerPage,
    {
      path_parameters: { player_id: needed('The player', 'p1') },
      problems: { 404: ['unknown_player'] },
    },
  ),
  get(
    '/api/segments',
    PLAYERS,
    'players',
    'Saved segments, each with how many players are in it',
    { ...site, ...part(1_000) },
    Type.Array(of.Segment),
  ),
  {
    method: 'POST',
    path: '/api/segments',
    tag: PLAYERS,
    permission: 'edit',
    summary: 'Saves a segment',
    query: site,
    body: newSegment,
    answer: { status: 201 },
    problems: { 400: ['invalid_segment'] },
  },

  get(
    '/api/alerts',
    QUALITY,
    'players',
    'Rules with how each stands, alerts of 90 days, channels',
    site,
    of.Alerts,
  ),
  get(
    '/api/rejected',
    QUALITY,
    'players',
    'What was refused, the newest first',
    { ...range, ...takes.reason, ...part(1_000) },
    rows('rejected', of.Rejected),
  ),
  {
    method: 'POST',
    path: '/api/rejected',
    tag: QUALITY,
    permission: 'manage',
    summary: 'Judges refusals again: which numbers would change, and without dry_run does it',
    query: range,
    body: {
      schema: fields({
        reason: Type.String({ pattern: '^[a-z_]{1,64}$' }),
        dry_run: Type.Optional(Type.Boolean()),
      }),
      example: { reason: 'unknown_site', dry_run: true },
      code: 'bad_field',
    },
    answer: { status: 200, schema: of.Replay },
  },
  get(
    '/api/recount',
    QUALITY,
    'players',
    'What recounts of these days found',
    { ...range, ...part(1_000) },
    rows('differences', Type.Any()),
  ),
  {
    method: 'POST',
    path: '/api/recount',
    tag: QUALITY,
    permission: 'manage',
    summary: 'Counts a day again from its events and compares every table',
    query: site,
    body: {
      schema: fields({ event_date: of.Day }),
      example: { event_date: '2026-01-31' },
      code: 'invalid_date',
    },
    answer: { status: 200, schema: of.Recount },
  },

  get(
    '/api/domains',
    SITES,
    'manage',
    'Domains of the caller’s sites',
    part(1_000),
    rows('domains', of.Domain),
  ),
  {
    method: 'POST',
    path: '/api/domains',
    tag: SITES,
    permission: 'manage',
    summary: 'Gives a site a domain',
    body: {
      schema: fields({ domain: of.Text, site_id: of.Text }),
      example: { domain: 'shop.brand.com', site_id: 'default' },
    },
    answer: { status: 201, schema: of.Domain },
    problems: { 400: ['invalid_domain', 'too_many_domains'], 404: ['unknown_site'], 409: ['domain_taken'] },
  },
  {
    method: 'PATCH',
    path: '/api/domains',
    tag: SITES,
    permission: 'manage',
    summary: 'Renames a domain, or gives it to another site',
    body: {
      schema: fields({
        domain: of.Text,
        new_domain: Type.Optional(of.Text),
        site_id: Type.Optional(of.Text),
      }),
      example: { domain: 'shop.brand.com', new_domain: 'www.brand.com' },
    },
    answer: { status: 200, schema: of.Domain },
    problems: { 404: ['unknown_domain', 'unknown_site'], 409: ['domain_taken'] },
  },
  {
    method: 'DELETE',
    path: '/api/domains',
    tag: SITES,
    permission: 'manage',
    summary: 'Takes a domain from its site',
    query: { domain: needed('The domain', 'www.brand.com') },
    answer: { status: 204 },
    problems: { 404: ['unknown_domain'] },
  },
  ...CHANGES,
  ...ALERT_CHANGES,
]
