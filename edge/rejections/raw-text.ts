/** What of a refused element goes into its report. */

/** Deeper than anything that is accepted. */
const MAX_DEPTH = 16

/** The element as JSON; empty when it is nested so deep that writing it would take seconds, though reading it did not. */
export function rawText(element: object): string {
  return isDeeper(element, MAX_DEPTH) ? '' : JSON.stringify(element)
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth === 0) return true
  return Object.values(value).some((inner) => isDeeper(inner, depth - 1))
}
