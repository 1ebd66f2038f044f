/** Money as people read it: `1 204.50`, with the decimals its currency has, and more only where the amount has more. */

import { decimalOf, unitsOf } from './decimal.ts'
import { compactNumber } from './format.ts'

/** U+2009, as in format.ts. */
const THIN_SPACE = '\u2009'

/** Decimals of a currency's smallest coin; 8 for what is no currency of a state, such as a coin's ticker of four letters. */
export function coinDecimals(currency: string): number {
  if (currency === '') return 2
  if (!/^[A-Z]{3}$/.test(currency)) return 8
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  )
}

/** How a currency is called; payments may come without one. */
export const currencyName = (currency: string) => currency || 'no currency'

/** An exact amount, as text from ClickHouse, in full. */
export function money(amount: string, currency: string): string {
  const [whole = '0', part = ''] = amount.replace('-', '').split('.')
  const shown = part.padEnd(Math.min(2, coinDecimals(currency)), '0')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE)
  return `${amount.startsWith('-') ? '−' : ''}${grouped}${shown && `.${shown}`}`
}

/** An exact amount rounded to its currency's coins, for where the full one is on hover. */
export function moneyRounded(amount: string, currency: string): string {
  const coin = 10n ** BigInt(8 - coinDecimals(currency))
  const units = unitsOf(amount)
  const half = units < 0n ? -coin / 2n : coin / 2n
  return money(decimalOf(((units + half) / coin) * coin), currency)
}

/** An amount short enough for a card: cents below a thousand, whole below a million, then `1.24 M`. */
export const compactMoney = (value: number, currency: string) =>
  Math.abs(value) < 1_000 ? moneyRate(value, currency) : compactNumber(value)

/** A worked-out amount, such as a cost per visit: cents, or three digits where it is less than that. */
export function moneyRate(value: number, currency: string): string {
  const decimals = Math.min(2, coinDecimals(currency))
  const size = Math.abs(value)
  if (size > 0 && size < 0.1 && decimals > 0) return money(plain(value, 3), currency)
  return money(value.toFixed(size >= 1e15 ? 0 : decimals), currency)
}

/** A number of few digits without an exponent. */
const plain = (value: number, digits: number) =>
  value.toFixed(Math.min(8, digits - 1 - Math.floor(Math.log10(Math.abs(value)))))
