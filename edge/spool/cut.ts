// Cuts batches into pieces that fit one record, so that what is replayed stays under the broker's message limit.
// Lines stay whole and in order; a batch that fits stays one piece.

import { cutLines } from '../sinks/lines.ts'
import { type Batch, SinkError } from '../sinks/sink.ts'

/** Pieces of at most `maxBytes` of lines; throws SinkError `line_too_large` when one line alone is larger. */
export function cutBatch(batch: Batch, maxBytes: number): Batch[] {
  const pieces = cutLines(batch, maxBytes)
  const large = pieces.find(({ lines }) => lines.byteLength > maxBytes)
  if (large) {
    const { byteLength } = large.lines
    throw new SinkError(
      'line_too_large',
      `a line of ${byteLength} bytes is over the limit of ${maxBytes}`,
      false,
    )
  }
  return pieces.map((piece) => ({ ...piece, partition: batch.partition }))
}
