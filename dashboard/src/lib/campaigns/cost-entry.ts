/** A cost as a person enters it, in a form, a line of a CSV or the API: read into one that can be stored, or what is wrong, field by field. */
import type { CostEntry } from '@rtpx/clickhouse/queries/costs'
import { type DayRange, isDay, lengthOf } from '#lib/day.ts'
import { unitsOf } from '#lib/decimal.ts'
import { coinDecimals } from '#lib/money.ts'

/** What was entered, as text, whatever it is. */
export interface CostFields {
  readonly banner_tag: string
  /** `prefix`: for every banner that begins with banner_tag; `banner` or nothing: for that banner. */
  readonly applies_to: string
  readonly from_day: string
  readonly to_day: string
  readonly amount: string
  readonly currency: string
  readonly note: string
}
export type CostField = keyof CostFields

export interface FieldError {
  readonly field: CostField
  readonly message: string
}

export const NO_COST: CostFields = {
  banner_tag: '',
  applies_to: 'banner',
  from_day: '',
  to_day: '',
  amount: '',
  currency: '',
  note: '',
}

const MAX_BANNER = 128
const MAX_NOTE = 500
const MAX_DAYS = 3_660
/** As many whole digits as any sum of them can still be counted with. */
const AMOUNT = /^\d{1,15}(\.\d{1,8})?$/
const CURRENCY = /^[A-Z][A-Z0-9]{2,9}$/

/** What was entered, read; `cost` stands when there is no error. */
export function readCost(fields: CostFields): {
  readonly cost: CostEntry
  readonly errors: readonly FieldError[]
} {
  const cost = entryOf(fields)
  const checks: readonly [CostField, string][] = [
    ['applies_to', appliesToError(fields.applies_to)],
    ['banner_tag', bannerError(cost)],
    ['from_day', isDay(cost.from_day) ? '' : dayError('first', fields.from_day)],
    ['to_day', isDay(cost.to_day) ? orderError(cost) : dayError('last', fields.to_day)],
    ['amount', amountError(fields.amount, cost.amount)],
    ['currency', CURRENCY.test(cost.currency) ? '' : currencyError(fields.currency)],
    ['note', cost.note.length <= MAX_NOTE ? '' : `A note has at most ${MAX_NOTE} characters.`],
  ]
  return { cost, errors: checks.flatMap(([field, message]) => (message === '' ? [] : [{ field, message }])) }
}

function entryOf(fields: CostFields): CostEntry {
  const amount = fields.amount.replace(/[\s\u2009\u202f\u00a0]/g, '')
  const currency = fields.currency.trim().toUpperCase()
  const coin = coinDecimals(currency)
  const sent = amount.split('.')[1]?.replace(/0+$/, '').length ?? 0
  return {
    banner_tag: fields.banner_tag.trim(),
    is_prefix: fields.applies_to.trim().toLowerCase() === 'prefix',
    from_day: fields.from_day.trim(),
    to_day: fields.to_day.trim(),
    amount,
    currency,
    decimals: Math.min(8, sent > coin ? 8 : coin),
    note: fields.note.replace(/\p{Cc}+/gu, ' ').trim(),
  }
}

const appliesToError = (text: string) =>
  ['', 'banner', 'prefix'].includes(text.trim().toLowerCase())
    ? ''
    : `“${short(text)}” is neither banner nor prefix.`

function bannerError({ banner_tag, is_prefix }: CostEntry): string {
  if (banner_tag === '' && !is_prefix) return 'Name the banner the cost is for.'
  return banner_tag.length > MAX_BANNER ? `A banner has at most ${MAX_BANNER} characters.` : ''
}

const dayError = (which: string, text: string) =>
  text.trim() === ''
    ? `Give the ${which} day, such as 2026-01-31.`
    : `“${short(text)}” is not a day: write it as 2026-01-31.`

function orderError({ from_day, to_day }: CostEntry): string {
  if (!isDay(from_day)) return ''
  if (to_day < from_day) return 'The last day is before the first.'
  const days: DayRange = { from: from_day, to: to_day }
  return lengthOf(days) > MAX_DAYS ? `A cost is spread over at most ${MAX_DAYS} days.` : ''
}

function amountError(entered: string, amount: string): string {
  if (amount === '') return 'Give the amount, such as 1200.50.'
  if (!AMOUNT.test(amount))
    return `“${short(entered)}” is not an amount: write it as 1200.50, with a point and at most 8 decimals.`
  return unitsOf(amount) === 0n ? 'A cost is more than nothing.' : ''
}

const currencyError = (text: string) =>
  text.trim() === ''
    ? 'Give the currency, such as EUR.'
    : `“${short(text)}” is not a currency: write its code, such as EUR.`

const short = (text: string) => (text.length > 40 ? `${text.trim().slice(0, 40)}…` : text.trim())

/** A stored cost as it is entered, to be changed. */
export const fieldsOf = ({
  banner_tag,
  is_prefix,
  from_day,
  to_day,
  amount,
  currency,
  note,
}: CostEntry): CostFields => ({
  banner_tag,
  applies_to: is_prefix ? 'prefix' : 'banner',
  from_day,
  to_day,
  amount,
  currency,
  note,
})

/** Whether two costs are the same in everything a person enters. */
export const costKey = ({ banner_tag, is_prefix, from_day, to_day, amount, currency, note }: CostEntry) =>
  JSON.stringify([banner_tag, is_prefix, from_day, to_day, String(unitsOf(amount)), currency, note])
