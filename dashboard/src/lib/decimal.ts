/** Exact amounts: eight decimals, as ClickHouse keeps them, in whole units of a hundred-millionth. Never a float on the way. */

const DECIMALS = 8
const ONE = 10n ** BigInt(DECIMALS)

/** The units of a decimal as ClickHouse writes it, such as `-12.5`. @throws SyntaxError for anything else */
export function unitsOf(text: string): bigint {
  const isNegative = text.startsWith('-')
  const [whole = '0', part = ''] = (isNegative ? text.slice(1) : text).split('.')
  const units = BigInt(whole) * ONE + BigInt(part.slice(0, DECIMALS).padEnd(DECIMALS, '0'))
  return isNegative ? -units : units
}

/** Units as text, without zeros at the end: `12.5`. */
export function decimalOf(units: bigint): string {
  const size = units < 0n ? -units : units
  const part = String(size % ONE)
    .padStart(DECIMALS, '0')
    .replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${size / ONE}${part && `.${part}`}`
}

/** Units as a number, for ratios and order; exact up to a few million. */
export const numberOf = (units: bigint) => Number(units) / Number(ONE)
