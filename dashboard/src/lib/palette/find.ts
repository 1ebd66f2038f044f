/** Asks the server for what is called so: a moment after the last key, never two answers out of order. */
import type { Found } from './hits.ts'

const TYPING_MS = 150
const TIMEOUT_MS = 8_000

/** @param onFound null when the server did not answer @returns how to call it off */
export function findSoon(text: string, site_id: string, onFound: (found: Found | null) => void): () => void {
  const controller = new AbortController()
  const timer = setTimeout(async () => {
    const query = new URLSearchParams({ q: text, site: site_id })
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(TIMEOUT_MS)])
    const found = await fetch(`/api/search?${query}`, { signal })
      .then(async (response) => (response.ok ? ((await response.json()) as Found) : null))
      .catch(() => null)
    if (!controller.signal.aborted) onFound(found)
  }, TYPING_MS)
  return () => {
    clearTimeout(timer)
    controller.abort()
  }
}
