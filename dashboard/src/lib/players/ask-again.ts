/** A page whose question failed asks again by itself, as its notice says. */

import type { Trouble } from '#lib/overview.ts'
import { invalidateAll } from '$app/navigation'

const ASK_MS = 3_000

/** Asks again now and then while there is a trouble that may pass. @returns how to stop */
export function askAgainWhile(trouble: Trouble | null): (() => void) | undefined {
  if (!trouble?.code.startsWith('clickhouse')) return undefined
  const timer = setInterval(() => void invalidateAll(), ASK_MS)
  return () => clearInterval(timer)
}
