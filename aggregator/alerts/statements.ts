/**
 * Rules about saved statements: each is asked through the gate with the rights of its author as they were when the rule was
 * saved, as seldom as it says, and not at all once the dashboard noted that the author may see less.
 */

import { createClientGate } from '@rtpx/clickhouse/analyst/client-gate'
import { statementValue } from '@rtpx/clickhouse/analyst/value'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { alertStatements } from '@rtpx/clickhouse/queries/alert-statements'
import { type Check, lastLooks, type StoredRule } from '@rtpx/clickhouse/queries/alerts'
import { SETTLE_MS } from './settle.ts'

const MINUTE_MS = 60_000

export interface Statements {
  /** Why a rule is not judged any more; empty while it is. */
  refusalOf(rule: StoredRule): string
  /** What the rules' page says of those that are refused. */
  refusals(rules: readonly StoredRule[], now: number): Check[]
  /** Whether a rule is to be judged in this run. */
  isDue(rule: StoredRule, now: number): boolean
  /** @throws what the statement's failure says */
  valueOf(rule: StoredRule): Promise<number | null>
}

/** Reads what the rules ask, where one asks anything. */
export async function statementsFor(
  clickhouse: ClickHouse,
  rules: readonly StoredRule[],
  database: string,
): Promise<Statements> {
  const asked = rules.some(({ definition }) => definition.kind === 'query')
  const [found, looks] = asked
    ? await Promise.all([alertStatements(clickhouse), lastLooks(clickhouse)])
    : [[], []]
  const byRule = new Map(found.map((statement) => [statement.rule_id, statement]))
  const lookOf = new Map(looks.map((look) => [look.rule_id, look]))
  const gate = createClientGate(clickhouse, database)
  const refusalOf = ({ rule_id, definition }: StoredRule) =>
    definition.kind === 'query'
      ? (byRule.get(rule_id)?.refused ?? 'Its statement is not kept: save the rule again.')
      : ''
  return {
    refusalOf,
    refusals: (all, now) =>
      all.flatMap((rule) => {
        const error = rule.enabled ? refusalOf(rule) : ''
        if (error === '') return []
        const nothing = { outcome: 'unknown', value: null, bound: null, words: '' }
        return [{ rule_id: rule.rule_id, checked_at: now, at: now, ...nothing, error }]
      }),
    isDue: (rule, now) => {
      const { definition, rule_id, updated_at } = rule
      if (definition.kind !== 'query') return true
      if (refusalOf(rule) !== '') return false
      const step = definition.every_minutes * MINUTE_MS
      const look = lookOf.get(rule_id)
      return !look || look.checked_at < updated_at || look.at < Math.floor((now - SETTLE_MS) / step) * step
    },
    valueOf: (rule) => {
      const statement = byRule.get(rule.rule_id)
      if (!statement || rule.definition.kind !== 'query') throw new Error('the rule asks no statement')
      const { sql, values, siteIds } = statement
      const { reads } = rule.definition
      return statementValue(clickhouse, gate, database, { sql, values, reads }, { siteIds })
    },
  }
}
