/**
 * What can be plotted: a count of one event type, or a rate between two. A metric's colour hangs on its key (`data-metric`
 * in app.css), so that a type has the same colour everywhere.
 */
import { typeName } from './format.ts'
import { currencyName } from './money.ts'

export const MAIN_TYPES = ['visit', 'registration', 'deposit'] as const
export type MainType = (typeof MAIN_TYPES)[number]

export const isMainType = (type: string): type is MainType => (MAIN_TYPES as readonly string[]).includes(type)

export type Counts = Readonly<Record<string, number>>

export interface Metric {
  readonly key: string
  readonly label: string
  /** The label where there is little room. */
  readonly short?: string
  /** Set for a rate: what is divided by what. */
  readonly rate?: { readonly of: MainType; readonly by: MainType }
  /** Set for an amount. */
  readonly currency?: string
}

/** The key of the deposited amount in counts and series; no event type has a dot. */
export const AMOUNT = 'deposit.amount'

const COUNTS: readonly Metric[] = [
  { key: 'visit', label: 'Visits' },
  { key: 'registration', label: 'Registrations' },
  { key: 'deposit', label: 'Deposits' },
]

const RATES: readonly Metric[] = [
  {
    key: 'visit_to_registration',
    label: 'Visit → registration',
    short: 'Visit → reg.',
    rate: { of: 'registration', by: 'visit' },
  },
  {
    key: 'registration_to_deposit',
    label: 'Deposits per registration',
    short: 'Dep. per reg.',
    rate: { of: 'deposit', by: 'registration' },
  },
]

/** The deposited amount in a currency; undefined while there is none. */
const amountOf = (currency: string | undefined): Metric[] =>
  currency === undefined
    ? []
    : [
        {
          key: AMOUNT,
          label: `Deposited, ${currencyName(currency)}`,
          short: `${currencyName(currency)} in`,
          currency,
        },
      ]

/** The cards. @param currency in which most is deposited */
export const cardMetrics = (currency: string | undefined): readonly Metric[] => [
  ...COUNTS,
  ...amountOf(currency),
  ...RATES,
]

/** The metric of a key: one of the cards, or the count of any other event type. */
export const metricOf = (key: string, currency?: string): Metric =>
  cardMetrics(currency ?? '').find((metric) => metric.key === key) ?? { key, label: typeName(key) }

/** What the chart draws: the chosen metric, or all three counts without a choice. */
export const plottedMetrics = (key: string | null, currency?: string): readonly Metric[] =>
  key === null || (key === AMOUNT && currency === undefined) ? COUNTS : [metricOf(key, currency)]

/** Whether a URL's text can be a metric. */
export const isMetricKey = (text: string | null): text is string =>
  text === AMOUNT || /^[a-z][a-z0-9_]{0,63}$/.test(text ?? '')

/** How many of one came of how many of another; undefined where there was nothing to come from. */
export const ratio = (of: number, by: number) => (by === 0 ? undefined : of / by)

/** The value of a metric in a set of counts by type. */
export function valueIn(metric: Metric, counts: Readonly<Record<string, number>>): number | undefined {
  if (!metric.rate) return counts[metric.key] ?? 0
  return ratio(counts[metric.rate.of] ?? 0, counts[metric.rate.by] ?? 0)
}
