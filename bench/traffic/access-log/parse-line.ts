/**
 * One line of an access log in the combined format (Apache `mod_log_config`, nginx `combined`) or the common format.
 *
 * - Total: any bytes give a request or the reason why there is none; time is linear in the line's length.
 * - The target is exactly what stands in the log, up to a blank or the closing quote: what `awk '{print $7}'` prints.
 * - A last quote that is missing (a line cut short by its writer) costs nothing that stands before it.
 */
import { isIP } from 'node:net'

export interface LoggedRequest {
  /** The client's address; absent when the log has a host name or `-`. */
  readonly address: string | undefined
  /** When, in milliseconds since 1970. */
  readonly time: number
  readonly method: string
  /** As it stands in the log, escapes included. */
  readonly target: string
  readonly status: number
  readonly referrer: string | undefined
  readonly userAgent: string | undefined
}

const QUOTED = String.raw`"((?:[^"\\]|\\.)*)`
const LINE = new RegExp(
  String.raw`^(\S+) \S+ .*?\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] ` +
    String.raw`${QUOTED}" (\d{3}) (?:\d+|-)(?: ${QUOTED}(?:"(?: ${QUOTED})?)?)?`,
  's',
)
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/** The request of a line, or words for why it holds none. */
export function parseLine(bytes: Uint8Array): LoggedRequest | string {
  const line = decode(bytes)
  if (line.trim() === '') return 'empty'
  const match = LINE.exec(line)
  if (!match) return 'not in the combined format'
  const [, host = '', day, month, year, hour, minute, second, sign, zoneHours, zoneMinutes] = match
  const [request = '', status, referrer, userAgent] = match.slice(11)
  const [method = '', target = ''] = request.trim().split(/\s+/, 2)
  if (target === '') return 'no request target'
  const zone = (sign === '-' ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes))
  const time = utcOf(Number(year), month ?? '', Number(day), Number(hour), Number(minute), Number(second))
  if (time === undefined) return 'not a date'
  return {
    address: isIP(host) ? host.toLowerCase() : undefined,
    time: time - zone * 60_000,
    method,
    target,
    status: Number(status),
    referrer: textOf(referrer),
    userAgent: textOf(userAgent),
  }
}

/** UTF-8, or Latin-1 where it is not: different bytes stay different. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('latin1')
  }
}

function utcOf(year: number, month: string, day: number, hour: number, minute: number, second: number) {
  const index = MONTHS.indexOf(month)
  if (index < 0 || index % 3 !== 0 || hour > 23 || minute > 59 || second > 60) return undefined
  const time = Date.UTC(year, index / 3, day, hour, minute, second)
  // 31 February is a day of March to Date.UTC, and of no log.
  return new Date(Date.UTC(year, index / 3, day)).getUTCDate() === day ? time : undefined
}

/** A quoted field as the client sent it; absent for `-`. */
function textOf(field: string | undefined): string | undefined {
  return field === undefined || field === '-' || field === '' ? undefined : unescaped(field)
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', v: '\v', f: '\f' }

/** Undoes the escapes of Apache (C style) and nginx (`\xHH`), whose hexadecimal ones are bytes of UTF-8. */
function unescaped(field: string): string {
  if (!field.includes('\\')) return field
  return field.replace(/(?:\\x[0-9A-Fa-f]{2})+|\\(.)/gs, (run, one: string | undefined) =>
    one === undefined ? decode(Buffer.from(run.replaceAll('\\x', ''), 'hex')) : (ESCAPES[one] ?? one),
  )
}
