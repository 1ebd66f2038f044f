// CRC-32C (Castagnoli), the checksum of RFC 3720 appendix B.4, eight bytes a step ("slicing by 8").
// Bun.hash.crc32 and node:zlib's crc32 use the other polynomial.

const POLYNOMIAL = 0x82f63b78

/** The effect on the checksum of one byte followed by `zeros` zero bytes. */
function table(zeros: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8 * (zeros + 1); bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    return crc
  })
}

const T0 = table(0)
const T1 = table(1)
const T2 = table(2)
const T3 = table(3)
const T4 = table(4)
const T5 = table(5)
const T6 = table(6)
const T7 = table(7)

/**
 * Bytes one call of `update` takes. Calls this short let the JIT replace the function between two of them; one long
 * loop was seen to stay in the slow tier for ever (17 MB/s instead of 1,300).
 */
const BLOCK_BYTES = 1024

// Indexes are masked or bounded, so `?? 0` never applies; it tells the compiler so and costs nothing measurable.
function update(state: number, bytes: Uint8Array, start: number, end: number): number {
  let crc = state
  let i = start
  for (const last = end - 8; i <= last; i += 8) {
    crc ^=
      (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24)
    crc =
      (T7[crc & 255] ?? 0) ^
      (T6[(crc >>> 8) & 255] ?? 0) ^
      (T5[(crc >>> 16) & 255] ?? 0) ^
      (T4[crc >>> 24] ?? 0) ^
      (T3[bytes[i + 4] ?? 0] ?? 0) ^
      (T2[bytes[i + 5] ?? 0] ?? 0) ^
      (T1[bytes[i + 6] ?? 0] ?? 0) ^
      (T0[bytes[i + 7] ?? 0] ?? 0)
  }
  for (; i < end; i++) crc = (T0[(crc ^ (bytes[i] ?? 0)) & 255] ?? 0) ^ (crc >>> 8)
  return crc
}

/** Checksum of `bytes[start, end)` as an unsigned 32-bit integer. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1
  for (let at = start; at < end; at += BLOCK_BYTES) {
    crc = update(crc, bytes, at, Math.min(end, at + BLOCK_BYTES))
  }
  return ~crc >>> 0
}
