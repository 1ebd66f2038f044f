/** What a pixel would do: its fields as the edge reads them, the verdict, and the numbers that would move. */
import type { Standing } from '@rtpx/clickhouse/queries/arrivals'
import { shortDay, typeName } from './format.ts'
import { isMainType, metricOf } from './metric.ts'

/** A number and what the pixel would do to it. */
export interface Move {
  readonly number: string
  /** Empty when it stays as it is. */
  readonly by: string
  readonly why: string
}

export type PixelCheck =
  | { readonly kind: 'none'; readonly words: string }
  | {
      readonly kind: 'refused'
      readonly address: string
      readonly code: string
      readonly field: string
      readonly title: string
      readonly message: string
    }
  | {
      readonly kind: 'accepted'
      readonly address: string
      readonly fields: readonly { readonly name: string; readonly value: string }[]
      readonly moves: readonly Move[]
    }

/** The address in what somebody pasted: itself, or that of an `<img>` tag with its escapes undone. */
export function pixelAddress(pasted: string): string | undefined {
  const inTag = /\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(pasted)
  const text = inTag ? (inTag[1] ?? inTag[2] ?? inTag[3] ?? '').replaceAll('&amp;', '&') : pasted
  const address = text.trim()
  return /^https?:\/\/\S+$/i.test(address) && URL.canParse(address) ? address : undefined
}

/**
 * The numbers an accepted event would move.
 * @param event the fields the edge would write
 * @param standing what of them is there already
 */
export function movesOf(event: Readonly<Record<string, unknown>>, standing: Standing | undefined): Move[] {
  const type = String(event.event_type)
  const name = isMainType(type) ? metricOf(type).label : typeName(type)
  const day = shortDay(String(event.event_date))
  if (standing?.same_event)
    return [
      { number: 'Everything', by: '', why: 'this event_id is there already; the same event counts once' },
    ]
  const moves: Move[] = [{ number: 'Raw events', by: '+1', why: 'every event is kept' }]
  if (standing?.same_day) {
    const credit = standing.credited ? `, credited to the banner ${standing.credited}` : ''
    moves.push({
      number: `${name}, ${day}`,
      by: '',
      why: `the player is counted on that day already${credit}`,
    })
  } else {
    const credit = event.banner_tag ? `credited to the banner ${event.banner_tag}; ` : ''
    moves.push({ number: `${name}, ${day}`, by: '+1', why: `${credit}a player counts once a day and type` })
  }
  if (event.amount !== undefined) {
    const amount = `+${event.amount} ${event.currency ?? ''}`.trim()
    moves.push(
      standing?.same_payment
        ? { number: `Amount, ${day}`, by: '', why: `the payment ${event.transaction_id} is there already` }
        : { number: `Amount, ${day}`, by: amount, why: 'each payment counts once, by its transaction_id' },
    )
  }
  return moves
}
