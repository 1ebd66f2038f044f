/** So long after an instant what happened before it has arrived, ms. */
export const SETTLE_MS = 15_000
