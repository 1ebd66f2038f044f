/** A set of small whole numbers, a bit each: what was acknowledged in an hour fits into a few megabytes. */
export class Bits {
  /** How many numbers were added that were not there yet. */
  size = 0

  constructor(private words: Uint8Array = new Uint8Array(1 << 16)) {}

  /** @returns whether the number is new */
  add(number: number): boolean {
    const index = number >>> 3
    if (index >= this.words.length) {
      const grown = new Uint8Array(2 * Math.max(index, this.words.length))
      grown.set(this.words)
      this.words = grown
    }
    const bit = 1 << (number & 7)
    const byte = this.words[index] ?? 0
    if (byte & bit) return false
    this.words[index] = byte | bit
    this.size += 1
    return true
  }

  has(number: number): boolean {
    return ((this.words[number >>> 3] ?? 0) & (1 << (number & 7))) !== 0
  }

  bytes(): Uint8Array {
    return this.words
  }
}
