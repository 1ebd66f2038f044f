/** What a client sent, before it is judged. */

/** Names and their values side by side, in order, a name perhaps twice: a list of pairs would be an array for each of a batch's values. */
export interface Sent {
  readonly names: readonly string[]
  readonly values: readonly unknown[]
}

/** An object of a body. */
export function sentObject(element: object): Sent {
  return { names: Object.keys(element), values: Object.values(element) }
}
