/**
 * Counts what edges refused, once the rules take it.
 *
 * - Judged by the edge's own rules, which are passed in, as of the moment it came; what still fails stays, with the reason of now.
 * - Idempotent: an event keeps its id, or has its refusal's. Killed half-way, or run twice, it changes nothing more.
 * - Events enter by the door of all events; only then their refusals are marked.
 */
import type { Event } from '@rtpx/kafka/event'
import type { ClickHouse } from '../client.ts'
import { takeUpFacts } from '../queries/facts.ts'
import {
  amountSums,
  bannerCounts,
  countedPayments,
  type DayOfType,
  firstEvents,
  type JudgedRow,
  type RejectedFilter,
  type RejectedRow,
  refusedByEdges,
  storedEvents,
  whoOf,
  writeVerdicts,
} from '../queries/rejected.ts'
import { type Change, forecast, type Known } from './forecast.ts'

/** What the edge's rules make of a refusal now: an event, why it is refused still, or neither when too little of it was kept to tell. */
export interface Verdict {
  readonly event?: Event
  readonly refused?: { readonly code: string; readonly field: string; readonly message: string }
}

/** Judges refusals by the edge's rules, each as of the moment it came; one verdict a row, in their order. */
export type JudgeAgain = (rows: readonly RejectedRow[]) => Promise<readonly Verdict[]>

/** Refusals looked at in one replay: what a process holds with ease. */
export const MAX_REFUSALS = 200_000
/** Events, or keys of a question, in one request. */
const PER_REQUEST = 500

export interface Plan {
  /** What will count, each with the refusal it comes from. */
  readonly taken: readonly { readonly row: RejectedRow; readonly event: Event }[]
  /** What is refused still, with the verdict of now. */
  readonly refused: readonly {
    readonly row: RejectedRow
    readonly refusal: NonNullable<Verdict['refused']>
  }[]
  /** What cannot be judged, because too little of it was kept. */
  readonly incomplete: number
  /** Ids of those that are stored already: sent again since, they count as they came then. */
  readonly stored: ReadonlySet<string>
  readonly changes: readonly Change[]
  /** There are more refusals than were looked at; the oldest are in the plan. */
  readonly isPartial: boolean
}

/**
 * Says what a replay would do; changes nothing.
 * @param siteId only what belongs to this site; undefined for all
 * @param most refusals looked at
 */
export async function planReplay(
  clickhouse: ClickHouse,
  judge: JudgeAgain,
  filter: RejectedFilter,
  siteId: string | undefined,
  most = MAX_REFUSALS,
): Promise<Plan> {
  // Payments that have arrived and are not taken up yet would look as if the replay brought them.
  await takeUpFacts(clickhouse)
  const rows = await refusedByEdges(clickhouse, filter, most)
  const verdicts: { readonly row: RejectedRow; readonly verdict: Verdict }[] = []
  for (const part of parts(rows)) {
    const judged = await judge(part)
    verdicts.push(...part.map((row, index) => ({ row, verdict: judged[index] ?? {} })))
  }
  const ofSite = verdicts.filter(
    ({ row, verdict }) => siteId === undefined || (verdict.event?.site_id ?? row.site_id) === siteId,
  )
  const taken = ofSite.flatMap(({ row, verdict: { event } }) => (event ? [{ row, event }] : []))
  const refused = ofSite.flatMap(({ row, verdict: { refused } }) =>
    refused ? [{ row, refusal: refused }] : [],
  )
  const { changes, stored } = await numbersOf(
    clickhouse,
    taken.map(({ event }) => event),
  )
  const incomplete = ofSite.length - taken.length - refused.length
  return { taken, refused, incomplete, stored, changes, isPartial: rows.length === most }
}

/** Does it. @param now the clock, milliseconds since 1970 */
export async function carryOut(clickhouse: ClickHouse, plan: Plan, now: () => number): Promise<void> {
  for (const part of parts(plan.taken)) {
    const fresh = part.filter(({ event }) => !plan.stored.has(event.event_id))
    if (fresh.length > 0)
      await clickhouse.insertLines(
        'events_incoming',
        fresh.map(({ event }) => JSON.stringify(event)),
      )
    const judged_at = now()
    await writeVerdicts(
      clickhouse,
      part.map(
        ({ row, event }): JudgedRow => ({ ...row, site_id: event.site_id, status: 'replayed', judged_at }),
      ),
    )
  }
  for (const part of parts(plan.refused)) {
    const judged_at = now()
    const changed = part.filter(
      ({ row, refusal }) => row.reason !== refusal.code || row.field !== refusal.field,
    )
    await writeVerdicts(
      clickhouse,
      changed.map(({ row, refusal: { code, field, message } }): JudgedRow => {
        return { ...row, reason: code, field, message, status: 'rejected', judged_at }
      }),
    )
  }
  await takeUpFacts(clickhouse)
}

async function numbersOf(clickhouse: ClickHouse, events: readonly Event[]) {
  const days = distinct(events.map(dayOf), (day) => JSON.stringify(day))
  const stored = new Set<string>()
  const from = days.map(({ event_date }) => event_date).sort()[0] ?? ''
  const sites = [...new Set(events.map(({ site_id }) => site_id))]
  for (const part of parts(events)) {
    const ids = part.map(({ event_id }) => event_id)
    for (const id of await storedEvents(clickhouse, sites, from, ids)) stored.add(id)
  }
  const fresh = events.filter(({ event_id }) => !stored.has(event_id))
  const known: { -readonly [Key in keyof Known]: Known[Key][number][] } = {
    firsts: [],
    payments: [],
    counts: [],
    amounts: [],
  }
  for (const part of parts(fresh))
    known.firsts.push(...(await firstEvents(clickhouse, daysOf(part), part.map(whoOf))))
  const paying = fresh.filter(({ event_type }) => event_type === 'deposit' || event_type === 'purchase')
  for (const part of parts(paying))
    known.payments.push(
      ...(await countedPayments(
        clickhouse,
        part.map(({ site_id }) => site_id),
        part.map(paymentOf),
      )),
    )
  const paidDays = distinct([...paying.map(dayOf), ...known.payments.map(dayOf)], (day) =>
    JSON.stringify(day),
  )
  for (const part of parts(days)) known.counts.push(...(await bannerCounts(clickhouse, part)))
  for (const part of parts(paidDays)) known.amounts.push(...(await amountSums(clickhouse, part)))
  const added = {
    firsts: fresh.map((event) => ({
      ...dayOf(event),
      who: whoOf(event),
      occurred_at: event.occurred_at,
      event_id: event.event_id,
      banner_tag: event.banner_tag ?? '',
    })),
    payments: paying.map((event) => ({
      ...dayOf(event),
      payment_id: paymentOf(event),
      event_id: event.event_id,
      banner_tag: event.banner_tag ?? '',
      currency: event.currency ?? '',
      amount: event.amount ?? null,
      created_at: event.created_at,
    })),
  }
  return { stored, changes: forecast(known, added) }
}

const dayOf = ({ site_id, event_date, event_type }: DayOfType): DayOfType => ({
  site_id,
  event_date,
  event_type,
})
const daysOf = (events: readonly Event[]) => distinct(events.map(dayOf), (day) => JSON.stringify(day))
const paymentOf = ({ transaction_id, event_id }: Event) => transaction_id || event_id

function distinct<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()]
}

function* parts<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let at = 0; at < items.length; at += PER_REQUEST) yield items.slice(at, at + PER_REQUEST)
}
