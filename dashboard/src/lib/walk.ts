/** Walking along a chart by the keyboard: which bucket a key leads to. */

/**
 * @param at the bucket pointed at; null for none
 * @param count how many there are
 * @returns where the key leads, null to point at none, undefined where it means nothing here
 */
export function walk(key: string, at: number | null, count: number): number | null | undefined {
  const last = count - 1
  if (last < 0) return undefined
  const to: Readonly<Record<string, number | null>> = {
    ArrowLeft: at === null ? last : Math.max(0, at - 1),
    ArrowRight: at === null ? last : Math.min(last, at + 1),
    PageUp: Math.max(0, (at ?? last) - 7),
    PageDown: Math.min(last, (at ?? last) + 7),
    Home: 0,
    End: last,
  }
  if (key === 'Escape') return at === null ? undefined : null
  return to[key]
}

/** A key on a chart; one that leads somewhere is the chart's own, not the page's. @param point takes where it leads */
export function walkByKey(
  event: KeyboardEvent,
  at: number | null,
  count: number,
  point: (to: number | null) => void,
): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const to = walk(event.key, at, count)
  if (to === undefined) return
  event.preventDefault()
  event.stopPropagation()
  point(to)
}
