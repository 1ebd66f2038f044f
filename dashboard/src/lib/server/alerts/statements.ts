/**
 * Rules about saved statements: whoever saves what a rule watches is its author, and it is asked with what they may see now,
 * never more. The statement is kept as it is then, so that nobody who changes it later asks with the rights of another.
 */

import { type Definition, type DefinitionOf, InvalidInput } from '@rtpx/clickhouse/alerts/rule'
import { SqlRefused } from '@rtpx/clickhouse/analyst/refusal'
import { NoNumber, statementValue } from '@rtpx/clickhouse/analyst/value'
import { writeAlertStatement } from '@rtpx/clickhouse/queries/alert-statements'
import { alertRules } from '@rtpx/clickhouse/queries/alerts'
import { placesOf } from '#lib/sql/answer.ts'
import type { SavedQuery } from '#lib/sql/saved.ts'
import { callerMay, Forbidden } from '../caller.ts'
import type { Opened } from '../page.ts'
import { NotThere, savedQuery } from '../sql/saved.ts'
import { gateOf, sqlScopeOf, takePlace } from '../sql/scope.ts'
import { plainMessage } from '../sql/trouble.ts'
import { Conflict } from './request.ts'

/** Statements that a site's rules may watch: each costs ClickHouse a query of its own. */
const MOST = 20

type QueryRule = DefinitionOf<'query'>

/** The definition as it is kept: of a statement, with its name. @throws Forbidden, InvalidInput */
export async function withStatement(opened: Opened, definition: Definition): Promise<Definition> {
  if (definition.kind !== 'query') return definition
  return { ...definition, query_name: (await statementOf(opened, definition)).name }
}

/** Keeps what a rule asks, for the caller. @throws what `withStatement` does, and Conflict */
export async function keepStatement(
  opened: Opened,
  rule_id: string,
  definition: Definition,
  updated_at: number,
): Promise<void> {
  if (definition.kind !== 'query') return
  const { caller, services, site } = opened
  const { sql, values } = await statementOf(opened, definition)
  const others = (await alertRules(services.clickhouse, site.site_id)).filter(
    (rule) => rule.definition.kind === 'query' && rule.rule_id !== rule_id,
  )
  if (others.length >= MOST) throw new Conflict(`a site has at most ${MOST} rules about statements`)
  await writeAlertStatement(services.clickhouse, {
    rule_id,
    organization_id: caller.organization_id,
    user_id: caller.user_id,
    author: caller.name || caller.email,
    sql,
    values,
    siteIds: sqlScopeOf(caller).siteIds,
    refused: '',
    updated_at,
  })
}

/** Asks a rule's statement for the caller. @throws InvalidInput with what is wrong with it */
export async function askStatement(opened: Opened, definition: QueryRule): Promise<number | null> {
  const { services, caller } = opened
  const { sql, values } = await statementOf(opened, definition)
  const giveBack = takePlace(caller)
  try {
    const asked = { sql, values, reads: definition.reads }
    const { CLICKHOUSE_DATABASE } = services.config
    return await statementValue(
      services.clickhouse,
      gateOf(services),
      CLICKHOUSE_DATABASE,
      asked,
      sqlScopeOf(caller),
    )
  } catch (error) {
    if (error instanceof SqlRefused || error instanceof NoNumber) throw refused(error.message)
    const { code, message } = error as { code?: string; message: string }
    if (code !== undefined && /^\d+$/.test(code)) throw refused(plainMessage(message))
    throw error
  } finally {
    giveBack()
  }
}

async function statementOf({ caller }: Opened, { query_id }: QueryRule): Promise<SavedQuery> {
  if (!callerMay(caller, 'sql')) throw new Forbidden('sql')
  sqlScopeOf(caller)
  if (caller.permissions) throw refused('a rule about a statement is made by a person, not with a key')
  const query = await savedQuery(caller, query_id).catch((error) => {
    throw error instanceof NotThere
      ? refused('there is no such saved statement of yours or your team')
      : error
  })
  const missing = placesOf(query.sql).find(({ name }) => query.values[name] === undefined)
  if (missing) throw refused(`the parameter ${missing.name} was saved without a value`)
  return query
}

const refused = (words: string) => new InvalidInput('definition.query_id', `definition.query_id: ${words}`)
