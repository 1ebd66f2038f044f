/** The columns of the campaigns: what they bring, and what they cost. */
import { unitsOf } from '#lib/decimal.ts'
import { rate, wholeNumber } from '#lib/format.ts'
import { currencyName, money, moneyRate, moneyRounded } from '#lib/money.ts'
import type { Column } from '#lib/table.ts'
import { defineCampaign } from './definitions.ts'
import { amountIn, type CampaignRow, type FigureKey, figureOf, trendOf } from './figures.ts'
import { ROW_HINTS, rowName } from './names.ts'
import type { Campaigns } from './report.ts'

type CampaignColumn = Column<CampaignRow>
type Shown = Pick<Campaigns, 'site' | 'range' | 'group' | 'currency' | 'plotted'>

const dash = '–'
/** A row of costs alone has no counts to show. */
const isCounted = ({ kind }: CampaignRow) => kind !== 'unshared'

function count(key: FigureKey, label: string, more: Partial<CampaignColumn> = {}): CampaignColumn {
  const value = (row: CampaignRow) => (isCounted(row) ? figureOf(row, key, '') : undefined)
  return { key, label, value, text: (row) => map(value(row), wholeNumber), ...more }
}

function share(
  key: FigureKey,
  label: string,
  currency: string,
  more: Partial<CampaignColumn> = {},
): CampaignColumn {
  const value = (row: CampaignRow) => (isCounted(row) ? figureOf(row, key, currency) : undefined)
  return { key, label, value, text: (row) => rate(value(row)), ...more }
}

/** An amount worked out from others. */
function worked(
  key: FigureKey,
  label: string,
  currency: string,
  more: Partial<CampaignColumn> = {},
): CampaignColumn {
  const value = (row: CampaignRow) => (isCounted(row) ? figureOf(row, key, currency) : undefined)
  return { key, label, value, text: (row) => map(value(row), (value) => moneyRate(value, currency)), ...more }
}

const map = <T>(value: T | undefined, words: (value: T) => string) =>
  value === undefined ? dash : words(value)

const nameColumn = (group: string | null): CampaignColumn => ({
  key: 'name',
  label: group === null ? 'Banner' : 'Banners',
  value: rowName,
  isText: true,
  narrow: true,
  hint: (row) => ROW_HINTS[row.kind] ?? rowName(row),
})

function amountColumn(shown: Shown): CampaignColumn {
  const { currency } = shown
  return {
    key: 'amount',
    label: `Deposited ${currency && `(${currency})`}`.trim(),
    short: 'Deposited',
    value: (row) => (isCounted(row) ? figureOf(row, 'amount', currency) : undefined),
    file: (row) => (isCounted(row) ? amountIn(row.amounts, currency) : ''),
    text: (row) => (isCounted(row) ? money(amountIn(row.amounts, currency), currency) : dash),
    hint: ({ amounts }) =>
      amounts
        .map(
          ({ currency, amount, payments }) =>
            `${money(amount, currency)} ${currencyName(currency)} in ${wholeNumber(payments)} ${payments === 1 ? 'payment' : 'payments'}`,
        )
        .join(', ') || 'No payment with an amount',
    about: defineCampaign('amount', shown),
  }
}

const conversions = (currency: string) => [
  share('visit_to_registration', 'Visit → reg.', currency, { short: 'V → reg.' }),
  share('registration_to_first_deposit', 'Reg. → first dep.', currency, { short: 'Reg. → dep.' }),
]

/** What banners bring. */
export const resultColumns = (shown: Shown): CampaignColumn[] => [
  nameColumn(shown.group),
  {
    key: 'trend',
    label: 'Trend',
    value: (row) => (isCounted(row) ? trendOf(row, shown.plotted, shown.currency) : undefined),
    wide: true,
  },
  count('visits', 'Visits', { about: defineCampaign('visits', shown) }),
  count('players', 'Players', { about: defineCampaign('players', shown), wide: true }),
  count('registrations', 'Registrations', { short: 'Reg.' }),
  count('first_deposits', 'First deposits', {
    short: 'First dep.',
    about: defineCampaign('first_deposits', shown),
  }),
  count('deposits', 'Deposits', { short: 'Dep.' }),
  amountColumn(shown),
  ...conversions(shown.currency),
  worked('amount_per_visit', 'Per visit', shown.currency, {
    hint: (row) =>
      `Earnings per visit: deposited ${currencyName(shown.currency)} divided by ${wholeNumber(row.visits)} visits`,
  }),
]

/** What banners cost, and what of it comes back. */
export const costColumns = (shown: Shown): CampaignColumn[] => {
  const { currency } = shown
  const costIn = (row: CampaignRow) => row.costs.find((cost) => cost.currency === currency)?.amount
  return [
    nameColumn(shown.group),
    {
      key: 'cost',
      label: `Cost ${currency && `(${currency})`}`.trim(),
      short: 'Cost',
      value: (row) => figureOf(row, 'cost', currency),
      file: costIn,
      text: (row) => map(costIn(row), (cost) => moneyRounded(cost, currency)),
      hint: ({ costs }) =>
        costs
          .map(({ currency, amount }) => `${money(amount, currency)} ${currencyName(currency)}`)
          .join(', ') || 'No cost entered',
      about: defineCampaign('cost', shown),
    },
    count('visits', 'Visits', { about: defineCampaign('visits', shown) }),
    worked('cost_per_visit', 'Per visit', currency),
    count('registrations', 'Registrations', { short: 'Reg.' }),
    worked('cost_per_registration', 'Per reg.', currency),
    count('first_deposits', 'First deposits', {
      short: 'First dep.',
      about: defineCampaign('first_deposits', shown),
    }),
    worked('cost_per_first_deposit', 'Per first dep.', currency),
    amountColumn(shown),
    share('return_on_spend', 'Return', currency, { about: defineCampaign('return_on_spend', shown) }),
    worked('result', 'Result', currency, {
      hint: (row) =>
        costIn(row) === undefined
          ? 'No cost entered'
          : `Deposited less the cost, in ${currencyName(currency)}`,
      file: (row) => {
        const cost = costIn(row)
        return cost === undefined || !isCounted(row)
          ? ''
          : Number(unitsOf(amountIn(row.amounts, currency)) - unitsOf(cost)) / 1e8
      },
    }),
  ]
}
