/** Cutting a batch's bytes between events: lines stay whole and in order. */

const NEWLINE = 10

/** Some of a batch's lines. */
export interface Cut {
  readonly events: number
  /** Whole lines, a newline after each; a view of the batch's memory. */
  readonly lines: Uint8Array
}

/**
 * The batch in pieces of at most `maxBytes`; a line that alone is larger is a piece of its own.
 * @param lines whole lines, a newline after each
 */
export function cutLines({ events, lines }: Cut, maxBytes: number): Cut[] {
  if (events === 0) return []
  if (lines.byteLength <= maxBytes) return [{ events, lines }]
  const pieces: Cut[] = []
  let from = 0
  let end = 0
  let count = 0
  const finish = () => {
    if (count > 0) pieces.push({ events: count, lines: lines.subarray(from, end) })
    from = end
    count = 0
  }
  while (end < lines.byteLength) {
    const next = lines.indexOf(NEWLINE, end) + 1
    if (next - from > maxBytes) finish()
    end = next
    count += 1
  }
  finish()
  return pieces
}
