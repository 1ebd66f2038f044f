/** Whether a line of the topic, read in JavaScript, and a row of ClickHouse are the same event, field by field. */
import { EVENT_FIELDS, type Event } from '@rtpx/kafka/event'

/** Every column of `events` as JSON can carry it exactly: times in whole milliseconds, decimals as text. */
export const EVENT_ROW = `SELECT
  * EXCEPT (occurred_at, created_at),
  toUnixTimestamp64Milli(occurred_at) AS occurred_at,
  toUnixTimestamp64Milli(created_at) AS created_at
FROM events`

export type EventRow = Readonly<Record<keyof Event, string | number | boolean | null>>

/** The names of the fields that differ; none when row and line say the same. */
export function differences(event: Event, row: EventRow): string[] {
  return EVENT_FIELDS.filter((field) => row[field] !== columnValue(event, field))
}

/** What a column holds for a field: its value, or the column's empty value where the event has none. */
function columnValue(event: Event, field: keyof Event): string | number | boolean | null {
  if (field === 'amount') return event.amount === undefined ? null : canonical(event.amount)
  if (field === 'is_bot') return event.is_bot ?? false
  if (field === 'viewport_width' || field === 'viewport_height') return event[field] ?? 0
  return event[field] ?? ''
}

/** A decimal without zeros that say nothing, as ClickHouse writes it. */
function canonical(amount: string): string {
  const [whole = '', fraction = ''] = amount.split('.')
  const digits = fraction.replace(/0+$/, '')
  return whole.replace(/^0+(?=\d)/, '') + (digits && `.${digits}`)
}
