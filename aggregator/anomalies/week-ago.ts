/** Local time of the week: where the same time stood some weeks ago when clocks may have changed between. */

const formats = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, number>()
const MOST_OFFSETS = 10_000
const QUARTER_MS = 900_000

/** Milliseconds that a time zone is ahead of UTC at an instant; 0 for a zone that is not known. */
function offsetOf(timeZone: string, at: number): number {
  // Offsets change at whole quarter hours only.
  const name = `${Math.floor(at / QUARTER_MS)} ${timeZone}`
  const known = offsets.get(name)
  if (known !== undefined) return known
  if (offsets.size >= MOST_OFFSETS) offsets.clear()
  const zone = formatOf(timeZone)
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(zone ?? '') ?? []
  const offset = (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
  offsets.set(name, offset)
  return offset
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const zone = isZone(timeZone) ? timeZone : 'UTC'
  const made = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  formats.set(timeZone, made)
  return made
}

function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** The instant with the same local time of the week, `weeks` weeks before; milliseconds since 1970. */
export function weeksBefore(timeZone: string, at: number, weeks: number): number {
  const then = at - weeks * 7 * 86_400_000
  return then + offsetOf(timeZone, at) - offsetOf(timeZone, then)
}
