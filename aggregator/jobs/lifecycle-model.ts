/** What players, payments and sums must be, recomputed in plain TypeScript from the distinct events. For tests. */

/** An event as the edge puts it on the topic: what a lifecycle and money are told from. */
interface Event {
  readonly event_id: string
  readonly event_type: string
  readonly event_date: string
  readonly occurred_at: number
  readonly created_at: number
  readonly player_id?: string
  readonly visitor_id?: string
  readonly banner_tag?: string
  readonly transaction_id?: string
  readonly currency?: string
  readonly amount?: string
}

const DAY_MS = 86_400_000
const CONVERSIONS = ['registration', 'deposit', 'purchase']

export interface ModelPlayer {
  readonly player_id: string
  readonly first_seen: number
  readonly last_event_at: number
  readonly registration_at: number | null
  readonly deposit_at: number | null
  readonly total_deposits: number
  readonly amounts: Record<string, string>
  readonly stage: string
  readonly banner_tag: string
  readonly converting_banner_tag: string
  /** Day (UTC). */
  readonly reactivated_at: string | null
}

export interface ModelPayment {
  readonly payment_id: string
  readonly event_type: string
  readonly event_id: string
  readonly event_date: string
  readonly player_id: string
  readonly banner_tag: string
  readonly currency: string
  readonly amount: string | null
}

/** By time, then by event_id as ClickHouse orders UUIDs: by their halves, the second one first. */
const byOccurred = (a: Event, b: Event) =>
  a.occurred_at - b.occurred_at || compare(uuidOrder(a), uuidOrder(b))
const byArrival = (a: Event, b: Event) => a.created_at - b.created_at || compare(uuidOrder(a), uuidOrder(b))
const byNaming = (a: Event, b: Event) =>
  a.occurred_at - b.occurred_at || compare(a.player_id ?? '', b.player_id ?? '')
const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b))
const uuidOrder = ({ event_id }: Event) => event_id.slice(19).replace('-', '') + event_id.slice(0, 18)

const first = (events: readonly Event[], order = byOccurred): Event | undefined => [...events].sort(order)[0]

function groups(events: readonly Event[], key: (event: Event) => string): Event[][] {
  return [...Map.groupBy(events, key).values()]
}

/** The same text for the same decimal: no trailing zeros. @param amounts decimals with at most two places */
function sum(amounts: readonly (string | undefined)[]): string {
  const cents = amounts.map((amount) => Math.round(Number(amount ?? 0) * 100)).reduce((a, b) => a + b, 0)
  return String(cents / 100)
}

const paymentOf = (event: Event) => event.transaction_id || event.event_id
const paymentGroups = (events: readonly Event[]) =>
  groups(
    events.filter(({ event_type }) => event_type === 'deposit' || event_type === 'purchase'),
    (event) => `${event.event_type} ${paymentOf(event)}`,
  )

/** Each payment once: the first of its events to arrive counts. */
export function modelPayments(events: readonly Event[]): ModelPayment[] {
  return paymentGroups(events).map((said) => {
    const counted = first(said, byArrival) as Event
    return {
      payment_id: paymentOf(counted),
      event_type: counted.event_type,
      event_id: counted.event_id,
      event_date: counted.event_date,
      player_id: counted.player_id ?? '',
      banner_tag: counted.banner_tag ?? '',
      currency: counted.currency ?? '',
      amount: counted.amount === undefined ? null : sum([counted.amount]),
    }
  })
}

/** Ids of the payments sent with several amounts or currencies. */
export function modelConflicts(events: readonly Event[]): string[] {
  return paymentGroups(events)
    .filter((said) => new Set(said.map(({ amount, currency }) => `${amount} ${currency ?? ''}`)).size > 1)
    .map(([event]) => `${event?.event_type} ${event && paymentOf(event)}`)
    .sort()
}

/** Daily sums by type, currency and banner, as `date type currency banner amount count`. */
export function modelSums(events: readonly Event[]): string[] {
  const key = (p: ModelPayment) => [p.event_date, p.event_type, p.currency, p.banner_tag].join('|')
  return [...Map.groupBy(modelPayments(events), key)]
    .map(
      ([name, payments]) => `${name}|${sum(payments.map((p) => p.amount ?? undefined))}|${payments.length}`,
    )
    .sort()
}

/** Every player's lifecycle. @param dormantAfterDays whole days (UTC) of silence after which a player is dormant */
export function modelPlayers(events: readonly Event[], dormantAfterDays: number): ModelPlayer[] {
  const named = events.filter((event) => event.player_id)
  const owners = new Map(
    groups(
      named.filter((event) => event.visitor_id),
      (event) => event.visitor_id ?? '',
    ).map((seen) => [seen[0]?.visitor_id, [...seen].sort(byNaming)[0]?.player_id]),
  )
  const payments = modelPayments(events).filter(({ event_type }) => event_type === 'deposit')
  return [...new Set(named.map(({ player_id }) => player_id ?? ''))].sort().map((player_id) => {
    const theirs = events.filter(
      (event) => (event.player_id || (event.visitor_id && owners.get(event.visitor_id))) === player_id,
    )
    const of = (type: string) => first(theirs.filter((e) => e.event_type === type && e.player_id))
    const [registration, deposit] = [of('registration'), of('deposit')]
    const converted = deposit ?? registration
    const touch = theirs
      .filter((e) => e.banner_tag && !CONVERSIONS.includes(e.event_type))
      .filter((e) => converted && e.occurred_at <= converted.occurred_at)
      .sort((a, b) => a.occurred_at - b.occurred_at || compare(a.banner_tag ?? '', b.banner_tag ?? ''))
      .at(-1)
    const deposits = payments.filter((payment) => payment.player_id === player_id)
    const paid = Map.groupBy(
      deposits.filter(({ amount }) => amount !== null),
      ({ currency }) => currency,
    )
    const days = [...new Set(theirs.map((e) => Math.floor(e.occurred_at / DAY_MS)))].sort((a, b) => a - b)
    const back = days.findLast((day, at) => at > 0 && day - (days[at - 1] ?? day) > dormantAfterDays)
    return {
      player_id,
      first_seen: Math.min(...theirs.map((e) => e.occurred_at)),
      last_event_at: Math.max(...theirs.map((e) => e.occurred_at)),
      registration_at: registration?.occurred_at ?? null,
      deposit_at: deposit?.occurred_at ?? null,
      total_deposits: deposits.length,
      amounts: Object.fromEntries(
        [...paid].map(([code, list]) => [code, sum(list.map((p) => p.amount ?? undefined))]),
      ),
      stage: deposit ? 'depositor' : registration ? 'registered' : 'visitor',
      banner_tag: first(theirs.filter((e) => e.banner_tag))?.banner_tag ?? '',
      converting_banner_tag: (touch ?? converted)?.banner_tag ?? '',
      reactivated_at: back === undefined ? null : new Date(back * DAY_MS).toISOString().slice(0, 10),
    }
  })
}
