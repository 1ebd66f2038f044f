/**
 * Where the rows of each table live in a cluster. Read with docs/cluster.md.
 *
 * A shard answers for its rows alone: under FINAL, and inside a view, it sees no other's. So all rows of one sort key must
 * be on one shard. An event goes to the shard of its player, else its visitor, else itself (`EVENT`); what is derived from it
 * stays there when its sort key names that same someone, else it moves to the shard of what its sort key does name.
 */

export type Rule =
  /** Holds nothing and belongs to one server: a step on the way of a row. */
  | { readonly kind: 'step' }
  /** Small: every server has every row, so nothing is asked of another. */
  | { readonly kind: 'everywhere' }
  /** Spread over the shards by an expression over its columns. */
  | {
      readonly kind: 'spread'
      readonly by: string
      /**
       * stays: views write beside what they read, because the rows are on the right shard already.
       * moves: views write through the distributed table, which sends each row where it belongs.
       */
      readonly rows: 'stays' | 'moves'
    }

const EVENT =
  "cityHash64(multiIf(player_id != '', player_id, visitor_id != '', visitor_id, toString(event_id)))"

const step: Rule = { kind: 'step' }
const everywhere: Rule = { kind: 'everywhere' }
const stays = (by: string): Rule => ({ kind: 'spread', by, rows: 'stays' })
const moves = (by: string): Rule => ({ kind: 'spread', by, rows: 'moves' })
const byPlayer = 'cityHash64(player_id)'
const byVisitor = 'cityHash64(visitor_id)'
const byPayment = 'cityHash64(payment_id)'

const RULES: Readonly<Record<string, Rule>> = {
  schema_migrations: everywhere,
  sites_log: everywhere,
  sql_logins_log: everywhere,
  alert_statements_log: everywhere,
  job_runs: everywhere,

  events_queue: step,
  rejected_queue: step,
  broken_incoming: step,
  event_lines: step,
  broken_messages: moves('cityHash64(queue_topic, queue_partition, queue_offset)'),
  judged_messages: moves('cityHash64(queue_topic, queue_partition, queue_offset)'),
  rejected_events_log: moves('cityHash64(rejected_id)'),

  events_incoming: moves(EVENT),
  events_log: stays(EVENT),
  fact_arrivals: stays(EVENT),
  fact_arrivals_taken: stays(EVENT),
  facts_incoming: stays(EVENT),
  player_day_arrivals: stays('player_key'),
  player_day_arrivals_taken: stays('player_key'),
  player_days: moves('player_key'),
  day_folds: everywhere,
  day_counts_log: everywhere,
  late_days: everywhere,
  recount_differences: everywhere,

  page_events: stays('cityHash64(who)'),
  page_folds: everywhere,
  referrer_sources: everywhere,
  retention_cuts: everywhere,
  sessions_log: moves('visitor_key'),
  page_hours_log: moves('cityHash64(site_id, event_date)'),
  page_days_log: moves('cityHash64(site_id, event_date)'),

  player_facts: stays(byPlayer),
  player_conversions: stays(byPlayer),
  player_activity: stays(byPlayer),

  visitor_facts: moves(byVisitor),
  visitor_activity: moves(byVisitor),
  visitor_players: stays(byVisitor),
  player_visitors: moves(byPlayer),
  player_touches: moves(byPlayer),
  player_changes: moves(byPlayer),
  player_work: moves(byPlayer),
  players_log: moves(byPlayer),
  player_rules: everywhere,

  payments_incoming: moves(byPayment),
  payment_days: stays(byPayment),
  payment_variants: stays(byPayment),
  payment_players: stays(byPayment),
  payment_changes: stays(byPayment),
  payment_places: moves(byPayment),
  payment_day_changes: moves('cityHash64(site_id, event_date)'),
  payment_day_sums: everywhere,

  costs_log: everywhere,
  player_traits: stays(byPlayer),

  erasures_log: everywhere,
  erased_subjects: everywhere,
  erased_counts: everywhere,
  erased_returns: everywhere,
  erasure_salts: everywhere,

  clock_skews: moves('cityHash64(subject)'),
  finding_states: everywhere,
  finding_answers: everywhere,

  traffic_minutes: moves('cityHash64(site_id, banner_tag)'),
  traffic_slots: moves('cityHash64(site_id, banner_tag)'),
  traffic_forecasts: everywhere,
  anomalies_log: everywhere,

  alert_rules_log: everywhere,
  alert_channels_log: everywhere,
  alert_checks_log: everywhere,
  alert_episodes_log: everywhere,
  alert_acknowledgements_log: everywhere,
  alert_deliveries_log: everywhere,
  report_subscriptions_log: everywhere,
}

/** The rule of a table. @throws when there is none: a new table needs its place */
export function ruleOf(table: string): Rule {
  // A lock is an empty table that every server has; see lock.ts.
  if (table.endsWith('_lock')) return step
  const rule = Object.hasOwn(RULES, table) ? RULES[table] : undefined
  if (!rule) throw new Error(`clickhouse/cluster/rules.ts has no rule for ${table}: say where its rows live`)
  return rule
}

/** Whether the name is that of a table with a rule; a view has none. */
export function hasRule(name: string): boolean {
  return Object.hasOwn(RULES, name) || name.endsWith('_lock')
}
