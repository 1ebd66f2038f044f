/**
 * Alerts: each minute, whether what people want to be told of is so; who is to be told is put among the deliveries.
 *
 * - An instant is judged once, when what happened before it has arrived: `SETTLE_MS` later. A run that is killed is done again by the next.
 * - Episodes are written before the messages about them; messages that a killed run did not get to write are found again, since their
 *   identity follows from the episode. A message once put there is never put there again.
 * - A rule that cannot be judged says so on its page and keeps no other from being judged.
 */
import { count, stepOf } from '@rtpx/clickhouse/alerts/count'
import { DAY_MS, judge, type Verdict } from '@rtpx/clickhouse/alerts/decide'
import { type Episode, end, follow, isOver } from '@rtpx/clickhouse/alerts/episodes'
import { checkDefinition } from '@rtpx/clickhouse/alerts/rule'
import { verdictWords } from '@rtpx/clickhouse/alerts/words'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { enqueue } from '@rtpx/clickhouse/queries/alert-deliveries'
import {
  alertRules,
  type Check,
  episodesToTell,
  latestEpisodes,
  type StoredEpisode,
  type StoredRule,
  writeChecks,
  writeEpisodes,
} from '@rtpx/clickhouse/queries/alerts'
import { registeredSites } from '@rtpx/clickhouse/queries/sites'
import { messagesOf } from '../alerts/payload.ts'
import { SETTLE_MS } from '../alerts/settle.ts'
import { type Statements, statementsFor } from '../alerts/statements.ts'
import type { Job, JobResult } from '../job.ts'

import { afterFacts } from './facts.ts'

const AT_ONCE = 4

export interface AlertsOptions {
  /** The clock, ms. */
  now(): number
  readonly database: string
}

export function alertsJob({ now: clock, database }: AlertsOptions): Job {
  return afterFacts({
    name: 'alerts',
    async run(clickhouse: ClickHouse, watermark: number): Promise<JobResult> {
      const now = clock()
      const sites = new Map((await registeredSites(clickhouse)).map(({ site_id, name }) => [site_id, name]))
      const rules = (await alertRules(clickhouse, null)).filter(({ site_id }) => sites.has(site_id))
      const latest = Map.groupBy(await latestEpisodes(clickhouse), ({ rule_id }) => rule_id)
      const statements = await statementsFor(clickhouse, rules, database)
      const changed: StoredEpisode[] = endings(rules, latest, now, statements)
      const checks: Check[] = statements.refusals(rules, now)
      const active = rules.filter((rule) => rule.enabled && statements.isDue(rule, now))
      for (let start = 0; start < active.length; start += AT_ONCE)
        await Promise.all(
          active.slice(start, start + AT_ONCE).map(async (rule) => {
            const looked = await look(clickhouse, rule, latest.get(rule.rule_id) ?? [], now, statements)
            changed.push(...looked.episodes)
            checks.push(looked.check)
          }),
        )
      await writeEpisodes(clickhouse, changed)
      const since = Math.max(0, watermark - DAY_MS)
      const told = (await episodesToTell(clickhouse, since)).flatMap((episode) =>
        messagesOf(episode, sites.get(episode.site_id) || episode.site_id, since),
      )
      const messages = await enqueue(clickhouse, told, now)
      await writeChecks(clickhouse, checks)
      return { watermark: now, rows: changed.length + messages }
    },
  })
}

/** Open episodes of rules that are paused, refused or gone. */
function endings(
  rules: readonly StoredRule[],
  latest: ReadonlyMap<string, readonly StoredEpisode[]>,
  now: number,
  { refusalOf }: Statements,
): StoredEpisode[] {
  const byId = new Map(rules.map((rule) => [rule.rule_id, rule]))
  return [...latest].flatMap(([rule_id, episodes]) => {
    const rule = byId.get(rule_id)
    if (rule?.enabled && refusalOf(rule) === '') return []
    return episodes
      .filter((episode) => !isOver(episode))
      .map((episode) => ({ ...episode, ...end(episode, rule ? 'paused' : 'deleted', now) }))
  })
}

/** One rule, judged for now. */
async function look(
  clickhouse: ClickHouse,
  rule: StoredRule,
  latest: readonly StoredEpisode[],
  now: number,
  statements: Statements,
): Promise<{ episodes: StoredEpisode[]; check: Check }> {
  const { rule_id, site_id } = rule
  let at = now
  const check = { rule_id, checked_at: now, at, outcome: 'unknown', value: null, bound: null, words: '' }
  try {
    const definition = checkDefinition(rule.definition)
    const step = stepOf(definition, false)
    at = Math.floor((now - SETTLE_MS) / step) * step
    const asked = { site_id, from: at, to: at }
    const counted = await count(clickhouse, definition, asked, () => statements.valueOf(rule))
    const verdicts = judge(definition, counted, at)
    const bySubject = new Map<string, Episode>(latest.map((episode) => [episode.subject, episode]))
    const told = new Map(verdicts.map((verdict) => [verdict.subject, verdictWords(definition, verdict)]))
    const known = new Map(latest.map((episode) => [episode.alert_id, episode]))
    const episodes = follow({ ...definition, rule_id }, bySubject, verdicts, at).map((episode) => {
      const before = known.get(episode.alert_id)
      // What was said when it fired stays.
      const hasFired = before !== undefined && before.opened_at !== null
      return {
        site_id,
        kind: definition.kind,
        rule_name: hasFired ? before.rule_name : rule.name,
        words: (hasFired ? before.words : told.get(episode.subject)) ?? before?.words ?? '',
        channels: hasFired ? before.channels : rule.channels,
        in_browser: hasFired ? before.in_browser : rule.in_browser,
        ...episode,
      }
    })
    const shown = worst(verdicts)
    const { outcome, value, bound } = shown
    return {
      episodes,
      check: { ...check, at, outcome, value, bound, words: verdictWords(definition, shown), error: '' },
    }
  } catch (error) {
    return {
      episodes: [],
      check: { ...check, at, error: error instanceof Error ? error.message : String(error) },
    }
  }
}

/** Of several verdicts the one to show. */
const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.find(({ outcome }) => outcome === 'breach') ??
  verdicts.find(({ subject }) => subject === '') ?? {
    subject: '',
    outcome: 'clear',
    value: null,
    bound: null,
  }
