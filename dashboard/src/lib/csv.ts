/** CSV that a spreadsheet only ever reads as text and numbers (RFC 4180; formulas neutralised as OWASP describes). */

/** One cell: text that a spreadsheet would run gets a leading apostrophe, anything special is quoted; a plain number runs nothing. */
function csvCell(value: string | number): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  if (/^-?\d+(\.\d+)?$/.test(value)) return value
  const text = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u.test(value)
    ? `'${value}`
    : value
  return /[",\r\n;\t]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Lines of a file, as RFC 4180 ends them. */
export const csvLines = (rows: readonly (readonly (string | number)[])[]) =>
  rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')

/** A whole file: lines end as RFC 4180 has it, and a byte-order mark tells Excel that it is UTF-8. */
export const csvFile = (rows: readonly (readonly (string | number)[])[]) => `\ufeff${csvLines(rows)}`
