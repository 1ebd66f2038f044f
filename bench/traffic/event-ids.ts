/** Event ids that follow from what they stand for, so that sending the same thing again counts once. */

/** A UUID (version 8, RFC 9562) from the SHA-256 of the parts; the same parts give the same id. */
export function eventIdOf(...parts: readonly (string | number | Uint8Array)[]): string {
  const hasher = new Bun.CryptoHasher('sha256')
  for (const part of parts) {
    const bytes = typeof part === 'object' ? part : Buffer.from(String(part))
    // The length keeps ('ab', 'c') and ('a', 'bc') apart.
    hasher.update(`${bytes.length}:`).update(bytes)
  }
  const hash = hasher.digest().subarray(0, 16)
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
