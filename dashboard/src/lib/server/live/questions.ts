/**
 * The questions that can be watched at `/live`, each by the name under which `/api/<name>` answers it too. What is read is
 * what that route would read for the same caller and the same parameters.
 */

import { DIMENSIONS } from '#lib/breakdowns.ts'
import { isFunnelParam } from '#lib/funnels/spec.ts'
import { HEAVY_MS } from '#lib/live/protocol.ts'
import { FILTERS } from '#lib/pages.ts'
import type { Permission } from '#lib/permission.ts'
import { readAlerts } from '#lib/server/alerts/report.ts'
import { readArrivals } from '#lib/server/arrivals.ts'
import type { Caller } from '#lib/server/caller.ts'
import { requireCaller } from '#lib/server/caller.ts'
import { campaignQuestion } from '#lib/server/campaigns/question.ts'
import { readCampaigns } from '#lib/server/campaigns/read.ts'
import { watchFunnel } from '#lib/server/funnels/read.ts'
import { readOverview } from '#lib/server/overview.ts'
import { type Opened, openPage } from '#lib/server/page.ts'
import { readPages } from '#lib/server/pages.ts'
import { watchPlayers } from '#lib/server/players/list.ts'
import { readPlayer } from '#lib/server/players/player.ts'
import { readQuality } from '#lib/server/quality.ts'
import { readRealtime } from '#lib/server/realtime.ts'
import { watchRetention } from '#lib/server/retention/read.ts'
import { whileNews } from './heavy.ts'
import type { Question } from './hub.ts'

interface LiveQuestion {
  readonly permission: Permission
  readonly read: (opened: Opened) => Promise<unknown>
  /** Parameters that the answer depends on, besides the site and the range. */
  readonly parameters?: readonly string[]
  /** More of them, where they have no fixed names. */
  readonly takes?: (parameter: string) => boolean
  /** Reads every event of its range: asked again only while events come, at most every HEAVY_MS. */
  readonly isHeavy?: boolean
}

const QUESTIONS: Readonly<Record<string, LiveQuestion>> = {
  overview: {
    permission: 'read',
    read: readOverview,
    parameters: ['bots', 'by', 'compare', ...DIMENSIONS.map(({ key }) => key)],
  },
  pages: {
    permission: 'players',
    read: readPages,
    parameters: ['by', 'bots', ...FILTERS.map(({ key }) => key)],
  },
  campaigns: {
    permission: 'read',
    read: (opened) => readCampaigns(opened, campaignQuestion(opened.ask)),
    parameters: ['group', 'sort', 'q', 'currency', 'view', 'compare', 'with', 'payback', 'period', 'bots'],
  },
  realtime: {
    permission: 'read',
    read: (opened) => readRealtime(opened),
    parameters: ['type', 'banner', 'domain', 'country', 'bots'],
  },
  quality: {
    permission: 'players',
    read: readQuality,
    parameters: ['tab', 'reason', 'status', 'as_of'],
  },
  funnels: { permission: 'read', read: watchFunnel, takes: isFunnelParam, isHeavy: true },
  retention: {
    permission: 'read',
    read: watchRetention,
    parameters: ['start', 'period', 'back', 'currency', 'banner', 'bots'],
    isHeavy: true,
  },
  players: {
    permission: 'players',
    read: watchPlayers,
    parameters: ['q', 'segment', 'bots', 'sort', 'after'],
  },
  player: {
    permission: 'players',
    read: (opened) => readPlayer(opened, opened.ask('player_id') ?? ''),
    parameters: ['player_id'],
  },
  arrivals: { permission: 'players', read: readArrivals },
  alerts: { permission: 'players', read: readAlerts },
}

/** Nothing that can be watched has this name. */
export class UnknownQuestion extends Error {
  constructor(readonly question: string) {
    super(`no question ${question}`)
  }
}

const ALWAYS = ['site', 'range', 'from', 'to']
/** Names of banners may be 128 characters of nine each in a URL. */
const LONGEST_SEARCH = 8_192

/**
 * What a caller asks by a name and a page's parameters; those that mean nothing to it are left out, so that everyone who asks
 * the same has the same key.
 * @throws UnknownQuestion, SignedOut, Forbidden
 */
export function questionOf(caller: Caller, name: string, search: string): Question {
  const question = Object.hasOwn(QUESTIONS, name) ? QUESTIONS[name] : undefined
  if (!question || search.length > LONGEST_SEARCH) throw new UnknownQuestion(name)
  requireCaller(caller, question.permission)
  const asked = new URLSearchParams(search)
  const known = [...ALWAYS, ...(question.parameters ?? [])].filter((parameter) => asked.has(parameter))
  const more = [...asked].filter(([name]) => !known.includes(name) && question.takes?.(name))
  const params = new URLSearchParams([
    ...known.map((parameter) => [parameter, asked.get(parameter) ?? '']),
    ...more.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  ])
  const event = { url: new URL(`http://live.invalid/?${params}`), locals: { caller } }
  const scope = [caller.organization_id, caller.role, caller.site_ids, caller.banner_prefixes]
  const key = JSON.stringify([name, String(params), scope])
  const open = () => openPage(event, question.permission)
  if (question.isHeavy) return { key, everyMs: HEAVY_MS, read: whileNews(open, question.read) }
  return { key, read: async () => question.read(await open()) }
}
