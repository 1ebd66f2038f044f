/** Puts the page of alerts together. */

import type { Outcome } from '@rtpx/clickhouse/alerts/decide'
import { checkDefinition, type Definition } from '@rtpx/clickhouse/alerts/rule'
import { ruleWords } from '@rtpx/clickhouse/alerts/words'
import { deliveriesOf } from '@rtpx/clickhouse/queries/alert-deliveries'
import { alertChannels, alertChoices, alertRules, alertsOf, checksOf } from '@rtpx/clickhouse/queries/alerts'
import { reportSubscriptions } from '@rtpx/clickhouse/queries/report-subscriptions'
import type { AlertsReport, RuleRow } from '#lib/alerts.ts'
import { roleMay } from '#lib/permission.ts'
import type { Opened } from '../page.ts'

const HISTORY_MS = 90 * 86_400_000
const MAX_ALERTS = 500
const MAX_DELIVERIES = 100
/** What rules can be about changes rarely: how old it may be, in ms. */
const CHOICES_MS = 60_000

/** @throws what the ClickHouse client throws */
export async function readAlerts({ services, caller, site, today, now }: Opened): Promise<AlertsReport> {
  const { clickhouse, share } = services
  const { site_id } = site
  const [rules, checks, alerts, channels, deliveries, subscriptions, choices] = await Promise.all([
    alertRules(clickhouse, site_id),
    checksOf(clickhouse, site_id),
    alertsOf(clickhouse, { site_id, from: now - HISTORY_MS, to: now + 60_000, limit: MAX_ALERTS }),
    alertChannels(clickhouse, site_id),
    deliveriesOf(clickhouse, site_id, MAX_DELIVERIES),
    reportSubscriptions(clickhouse, site_id),
    share(`alert choices ${site_id}`, CHOICES_MS, () => alertChoices(clickhouse, site_id)),
  ])
  const checkOf = new Map(checks.map((check) => [check.rule_id, check]))
  const rows = rules.map((rule): RuleRow => {
    const check = checkOf.get(rule.rule_id)
    return {
      rule_id: rule.rule_id,
      name: rule.name,
      definition: rule.definition,
      channels: rule.channels,
      in_browser: rule.in_browser,
      enabled: rule.enabled,
      updated_at: rule.updated_at,
      updated_by: rule.updated_by,
      words: wordsOf(rule.definition),
      check: check
        ? {
            checked_at: check.checked_at,
            at: check.at,
            outcome: check.outcome as Outcome,
            words: check.words,
            error: check.error,
            firing: check.firing,
            pending: check.pending,
          }
        : null,
    }
  })
  return {
    site,
    today,
    rules: rows,
    alerts,
    channels,
    deliveries,
    subscriptions,
    choices,
    may_edit: roleMay(caller.role, 'edit'),
  }
}

function wordsOf(definition: Definition): string | null {
  try {
    return ruleWords(checkDefinition(definition))
  } catch {
    return null
  }
}
