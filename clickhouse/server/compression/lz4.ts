/**
 * LZ4 blocks (without a frame), as inside ClickHouse's compressed blocks. Decoding checks every length against both
 * buffers: no input reads or writes outside them. Source: the LZ4 block format description, `lz4_Block_format.md`.
 */
const MIN_MATCH = 4
/** The last match starts at least this far before the end, and the last five bytes are literals. */
const END_MARGIN = 12
const LAST_LITERALS = 5
const HASH_BITS = 14
const MAX_DISTANCE = 65_535

/** The most `compress` writes for `size` bytes. */
export const worstSize = (size: number) => size + Math.ceil(size / 255) + 16

const table = new Int32Array(1 << HASH_BITS)

function writeLength(out: Uint8Array, at: number, length: number): number {
  let rest = length - 15
  let to = at
  for (; rest >= 255; rest -= 255) out[to++] = 255
  out[to++] = rest
  return to
}

function writeSequence(
  from: Uint8Array,
  anchor: number,
  end: number,
  out: Uint8Array,
  at: number,
  match: number,
  distance: number,
): number {
  const literals = end - anchor
  const matched = match - MIN_MATCH
  let to = at + 1
  out[at] = (Math.min(literals, 15) << 4) | (distance ? Math.min(matched, 15) : 0)
  if (literals >= 15) to = writeLength(out, to, literals)
  out.set(from.subarray(anchor, end), to)
  to += literals
  if (!distance) return to
  out[to++] = distance & 0xff
  out[to++] = distance >>> 8
  return matched >= 15 ? writeLength(out, to, matched) : to
}

/** Compresses `from` into `out`, which has room for `worstSize`. @returns bytes written */
export function compress(from: Uint8Array, out: Uint8Array): number {
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength)
  const lastStart = from.byteLength - END_MARGIN
  const lastMatch = from.byteLength - LAST_LITERALS
  table.fill(-1)
  let [anchor, at, to, misses] = [0, 0, 0, 0]
  while (at <= lastStart) {
    const word = view.getUint32(at, true)
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS)
    const found = table[slot] as number
    table[slot] = at
    if (found < 0 || at - found > MAX_DISTANCE || view.getUint32(found, true) !== word) {
      // The longer nothing matches, the longer the steps: what cannot be compressed costs little.
      at += 1 + (misses++ >> 6)
      continue
    }
    misses = 0
    let length = MIN_MATCH
    while (at + length < lastMatch && from[found + length] === from[at + length]) length += 1
    to = writeSequence(from, anchor, at, out, to, length, at - found)
    at += length
    anchor = at
  }
  return writeSequence(from, anchor, from.byteLength, out, to, 0, 0)
}

/**
 * Decompresses `from` into `out`, from `start` on; what is before it may be referred to.
 * @returns where it ended
 * @throws Error when the block is damaged or does not fit
 */
export function decompress(from: Uint8Array, out: Uint8Array, start = 0): number {
  const damaged = () => new Error('Cannot decompress LZ4-encoded data')
  let [at, to] = [0, start]
  const length = (nibble: number) => {
    let total = nibble
    if (nibble < 15) return total
    for (;;) {
      const more = from[at++]
      if (more === undefined || total > out.byteLength) throw damaged()
      total += more
      if (more < 255) return total
    }
  }
  while (at < from.byteLength) {
    const token = from[at++] as number
    const literals = length(token >>> 4)
    if (at + literals > from.byteLength || to + literals > out.byteLength) throw damaged()
    out.set(from.subarray(at, at + literals), to)
    at += literals
    to += literals
    if (at === from.byteLength) break
    const distance = (from[at] as number) | ((from[at + 1] ?? 0) << 8)
    at += 2
    const match = length(token & 15) + MIN_MATCH
    if (distance === 0 || distance > to || to + match > out.byteLength) throw damaged()
    if (distance >= match) {
      out.copyWithin(to, to - distance, to - distance + match)
      to += match
    } else for (let left = match; left > 0; left -= 1, to += 1) out[to] = out[to - distance] as number
  }
  return to
}
