// Cuts batches into pieces that fit one record, so that what is replayed stays under the broker's message limit.
// Lines stay whole and in order; a batch that fits stays one piece.

import { type Batch, SinkError } from '../sinks/sink.ts'
import type { Piece } from './record.ts'

function piece(partition: number, lines: readonly string[], payloadBytes: number): Piece {
  return { partition, lines: lines.length, payload: lines.join('\n'), payloadBytes }
}

/** Pieces of at most `maxBytes` of payload; throws SinkError `line_too_large` when one line alone is larger. */
export function cutBatch(batch: Batch, maxBytes: number): Piece[] {
  const { partition, lines } = batch
  if (lines.length === 0) return []
  const payload = lines.join('\n')
  const payloadBytes = Buffer.byteLength(payload)
  if (payloadBytes <= maxBytes) return [{ partition, lines: lines.length, payload, payloadBytes }]

  const pieces: Piece[] = []
  let from = 0
  let bytes = 0
  lines.forEach((line, i) => {
    const size = Buffer.byteLength(line)
    if (size > maxBytes) {
      throw new SinkError('line_too_large', `a line of ${size} bytes is over the limit of ${maxBytes}`, false)
    }
    if (i > from && bytes + 1 + size > maxBytes) {
      pieces.push(piece(partition, lines.slice(from, i), bytes))
      from = i
    }
    bytes = i === from ? size : bytes + 1 + size
  })
  pieces.push(piece(partition, lines.slice(from), bytes))
  return pieces
}
