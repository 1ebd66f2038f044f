/**
 * Which numbers change when events are counted that were not. Pure: what counts already and what is to be added come in, the
 * numbers before and after go out. The rules are those of the tables: a player counts once a day and type, for
 * the banner of the first event (by time, then id); a transaction counts once, as the first event of it to arrive.
 */
import type { AmountSum, BannerCount, CountedPayment, DayOfType, FirstEvent } from '../queries/rejected.ts'

export interface Known {
  readonly firsts: readonly FirstEvent[]
  readonly payments: readonly CountedPayment[]
  readonly counts: readonly BannerCount[]
  readonly amounts: readonly AmountSum[]
}

export interface Added {
  readonly firsts: readonly FirstEvent[]
  readonly payments: readonly CountedPayment[]
}

/** One number of a day, before and after. */
export interface Change extends DayOfType {
  /** players: daily_metrics; banner: event_summary; payments and amount: daily_amounts. */
  readonly number: 'players' | 'banner' | 'payments' | 'amount'
  readonly banner_tag: string
  readonly currency: string
  readonly before: string
  readonly after: string
}

/** The numbers that change, by site, day and type. */
export function forecast(known: Known, added: Added): Change[] {
  const numbers = new Numbers()
  for (const row of known.counts) {
    numbers.start(row, 'players', '', '', BigInt(row.count) * UNIT)
    numbers.start(row, 'banner', row.banner_tag, '', BigInt(row.count) * UNIT)
  }
  for (const row of known.amounts) {
    numbers.start(row, 'payments', row.banner_tag, row.currency, BigInt(row.count) * UNIT)
    numbers.start(row, 'amount', row.banner_tag, row.currency, decimal(row.amount))
  }
  const whose = (event: FirstEvent) =>
    JSON.stringify([event.site_id, event.event_date, event.event_type, event.who])
  for (const [before, after] of firstsOf(known.firsts, added.firsts, whose, (event) => event.occurred_at)) {
    if (before) numbers.add(before, 'banner', before.banner_tag, '', -UNIT)
    else numbers.add(after, 'players', '', '', UNIT)
    numbers.add(after, 'banner', after.banner_tag, '', UNIT)
  }
  const which = (payment: CountedPayment) =>
    JSON.stringify([payment.site_id, payment.event_type, payment.payment_id])
  for (const [before, after] of firstsOf(
    known.payments,
    added.payments,
    which,
    (payment) => payment.created_at,
  ))
    for (const [payment, sign] of [
      [before, -1n],
      [after, 1n],
    ] as const) {
      if (!payment) continue
      numbers.add(payment, 'payments', payment.banner_tag, payment.currency, sign * UNIT)
      numbers.add(
        payment,
        'amount',
        payment.banner_tag,
        payment.currency,
        sign * decimal(payment.amount ?? '0'),
      )
    }
  return numbers.changes()
}

/** For each key whose first changes: what was first, if anything, and what is. */
function firstsOf<Item extends { readonly event_id: string }>(
  known: readonly Item[],
  added: readonly Item[],
  keyOf: (item: Item) => string,
  timeOf: (item: Item) => number,
): [Item | undefined, Item][] {
  const before = new Map(known.map((item) => [keyOf(item), item]))
  const after = new Map(before)
  for (const item of added) {
    const first = after.get(keyOf(item))
    const isFirst =
      !first ||
      timeOf(item) < timeOf(first) ||
      (timeOf(item) === timeOf(first) && uuidOrder(item.event_id) < uuidOrder(first.event_id))
    if (isFirst) after.set(keyOf(item), item)
  }
  return [...after].flatMap(([key, item]) => {
    const old = before.get(key)
    return old === item || old?.event_id === item.event_id ? [] : [[old, item]]
  })
}

/** As ClickHouse orders UUIDs: by their halves, the second one first. */
function uuidOrder(uuid: string): string {
  const hex = uuid.replaceAll('-', '')
  return hex.slice(16) + hex.slice(0, 16)
}

/** Numbers are exact: whole numbers of 10⁻⁸. */
const UNIT = 100_000_000n

function decimal(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  const size = BigInt(whole.replace('-', '')) * UNIT + BigInt(fraction.padEnd(8, '0').slice(0, 8))
  return text.startsWith('-') ? -size : size
}

function text(value: bigint): string {
  const size = value < 0n ? -value : value
  const fraction = String(size % UNIT)
    .padStart(8, '0')
    .replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${size / UNIT}${fraction === '' ? '' : `.${fraction}`}`
}

class Numbers {
  private readonly found = new Map<
    string,
    { of: Omit<Change, 'before' | 'after'>; before: bigint; after: bigint }
  >()

  private at(
    { site_id, event_date, event_type }: DayOfType,
    number: Change['number'],
    banner_tag: string,
    currency: string,
  ) {
    const key = JSON.stringify([site_id, event_date, event_type, number, currency, banner_tag])
    let row = this.found.get(key)
    if (!row) {
      row = { of: { site_id, event_date, event_type, number, banner_tag, currency }, before: 0n, after: 0n }
      this.found.set(key, row)
    }
    return row
  }

  /** What counts already; adds up. */
  start(day: DayOfType, number: Change['number'], banner_tag: string, currency: string, value: bigint): void {
    const row = this.at(day, number, banner_tag, currency)
    row.before += value
    row.after += value
  }

  add(day: DayOfType, number: Change['number'], banner_tag: string, currency: string, value: bigint): void {
    this.at(day, number, banner_tag, currency).after += value
  }

  changes(): Change[] {
    return [...this.found]
      .filter(([, { before, after }]) => before !== after)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { of, before, after }]) => ({ ...of, before: text(before), after: text(after) }))
  }
}
