/**
 * A map that forgets: at most `capacity` entries, the least recently used going first, roughly.
 * Two halves instead of a linked list: when the young half is full it becomes the old one, and the old one is dropped.
 */
export class Generations<Key, Value> {
  private young = new Map<Key, Value>()
  private old = new Map<Key, Value>()

  constructor(private readonly capacity: number) {}

  get(key: Key): Value | undefined {
    const value = this.young.get(key)
    if (value !== undefined) return value
    const aged = this.old.get(key)
    if (aged !== undefined) this.set(key, aged)
    return aged
  }

  set(key: Key, value: Value): void {
    if (this.young.size >= this.capacity / 2) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(key, value)
  }
}
