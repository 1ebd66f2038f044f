/** Makes, changes and ends the alert rules of a site. */
import { previewRule } from '@rtpx/clickhouse/alerts/preview'
import { checkDefinition, checkRule, InvalidInput, type RuleInput } from '@rtpx/clickhouse/alerts/rule'
import {
  acknowledge,
  alertChannels,
  alertRules,
  type StoredRule,
  siteOfAlert,
  writeRule,
} from '@rtpx/clickhouse/queries/alerts'
import { Type } from '@sinclair/typebox'
import type { Opened } from '../page.ts'
import { Conflict, fieldsOf, idOf, NotFound, Uuid } from './request.ts'
import { askStatement, keepStatement, withStatement } from './statements.ts'

const MAX_RULES = 200

/** Who the caller is to others. */
export const nameOf = ({ caller }: Opened) => caller.name || caller.email || caller.user_id

/** @throws InvalidInput, Conflict */
export async function createRule(opened: Opened, body: unknown): Promise<StoredRule> {
  const { services, site, now } = opened
  const input = await withOwnParts(opened, checkRule(body))
  if ((await alertRules(services.clickhouse, site.site_id)).length >= MAX_RULES)
    throw new Conflict(`a site has at most ${MAX_RULES} rules`)
  const by = nameOf(opened)
  const rule: StoredRule = {
    ...input,
    rule_id: crypto.randomUUID(),
    site_id: site.site_id,
    created_at: now,
    created_by: by,
    updated_at: now,
    updated_by: by,
  }
  await keepStatement(opened, rule.rule_id, rule.definition, now)
  await writeRule(services.clickhouse, rule)
  return rule
}

/** Changes the fields that are sent. @throws InvalidInput, NotFound */
export async function changeRule(opened: Opened, body: unknown): Promise<StoredRule> {
  const rule = await ruleOf(opened)
  const sent = typeof body === 'object' && body !== null ? body : {}
  const { name, definition, channels, in_browser, enabled } = rule
  const changed = checkRule({ name, definition, channels, in_browser, enabled, ...sent })
  // What is watched changes hands with whoever says what it is; a name or a pause does not.
  const isAuthor = 'definition' in sent
  const input = isAuthor ? await withOwnParts(opened, changed) : await withOwnChannels(opened, changed)
  const next = {
    ...rule,
    ...input,
    updated_at: newer(opened.now, rule.updated_at),
    updated_by: nameOf(opened),
  }
  if (isAuthor) await keepStatement(opened, rule.rule_id, next.definition, next.updated_at)
  await writeRule(opened.services.clickhouse, next)
  return next
}

/** @throws InvalidInput, NotFound */
export async function deleteRule(opened: Opened): Promise<undefined> {
  const rule = await ruleOf(opened)
  const last = { ...rule, updated_at: newer(opened.now, rule.updated_at), updated_by: nameOf(opened) }
  await writeRule(opened.services.clickhouse, last, true)
}

/** When a definition would have fired in the last 30 days. @throws InvalidInput */
export function previewOf(opened: Opened, body: unknown) {
  const { services, site, now } = opened
  return previewRule(services.clickhouse, site.site_id, checkDefinition(body), now, (rule) =>
    askStatement(opened, rule),
  )
}

/** Notes that the caller has seen an alert. @throws InvalidInput, NotFound */
export async function acknowledgeAlert(opened: Opened, body: unknown): Promise<undefined> {
  const { alert_id, note } = fieldsOf({ alert_id: Uuid, note: Type.String({ maxLength: 500 }) }, body)
  const { services, site, now } = opened
  if ((await siteOfAlert(services.clickhouse, alert_id)) !== site.site_id) throw new NotFound('alert')
  const word = { alert_id, note: note.trim(), acknowledged_at: now, acknowledged_by: nameOf(opened) }
  await acknowledge(services.clickhouse, word)
}

/** Two changes within a millisecond: the later one is the newer version. */
export const newer = (now: number, before: number) => Math.max(now, before + 1)

async function ruleOf(opened: Opened): Promise<StoredRule> {
  const id = idOf(opened)
  const rules = await alertRules(opened.services.clickhouse, opened.site.site_id)
  const rule = rules.find(({ rule_id }) => rule_id === id)
  if (!rule) throw new NotFound('rule')
  return rule
}

/** A rule watches and tells what is its maker's to. */
async function withOwnParts(opened: Opened, input: RuleInput): Promise<RuleInput> {
  return withOwnChannels(opened, { ...input, definition: await withStatement(opened, input.definition) })
}

/** A rule tells channels of its own site only; those that are gone meanwhile are left out. */
async function withOwnChannels({ services, site }: Opened, input: RuleInput): Promise<RuleInput> {
  if (input.channels.length === 0) return input
  const own = new Set(
    (await alertChannels(services.clickhouse, site.site_id)).map(({ channel_id }) => channel_id),
  )
  const unknown = input.channels.find((id) => !own.has(id))
  if (unknown !== undefined)
    throw new InvalidInput('channels', `channels: the site has no channel ${unknown}`)
  return input
}
