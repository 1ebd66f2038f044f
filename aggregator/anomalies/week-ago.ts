/** Local time of the week: where the same time stood some weeks ago when clocks may have changed between. */

const offsets = new Map<string, Intl.DateTimeFormat>()

/** Milliseconds that a time zone is ahead of UTC at an instant; 0 for a zone that is not known. */
function offsetOf(timeZone: string, at: number): number {
  let format = offsets.get(timeZone)
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    } catch {
      format = new Intl.DateTimeFormat('en', { timeZone: 'UTC', timeZoneName: 'longOffset' })
    }
    offsets.set(timeZone, format)
  }
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
}

/** The instant with the same local time of the week, `weeks` weeks before; milliseconds since 1970. */
export function weeksBefore(timeZone: string, at: number, weeks: number): number {
  const then = at - weeks * 7 * 86_400_000
  return then + offsetOf(timeZone, at) - offsetOf(timeZone, then)
}
