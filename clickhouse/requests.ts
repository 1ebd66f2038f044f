/** How requests go to ClickHouse with Bun's fetch: a few at a time, by no proxy, and not for ever. */

/** A signal that fires then, unless it is cleared before. */
export function deadline(afterMs: number): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), afterMs)
  return { signal: controller.signal, clear: () => clearTimeout(timer) }
}

/** A fetch that has `most` requests under way until their answers begin, and lets the others wait in turn. */
export function inTurn(most: number): typeof fetch {
  const waiting: (() => void)[] = []
  let free = most
  const enter = async () => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free -= 1
  }
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  const limited = async (...[input, init]: Parameters<typeof fetch>) => {
    await enter()
    try {
      // Statements have limits of their own; Bun's, five minutes, would end the longest jobs.
      return await fetch(input, { ...init, timeout: false } as RequestInit)
    } finally {
      leave()
    }
  }
  return limited as typeof fetch
}

/** ClickHouse is asked directly, whatever proxy the environment names for others: Bun's fetch would send it every event. */
export function askDirectly(host: string): void {
  const { http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY, no_proxy, NO_PROXY } = process.env
  if (!(http_proxy || HTTP_PROXY || https_proxy || HTTPS_PROXY)) return
  const direct = new Set((no_proxy || NO_PROXY || '').split(',').filter(Boolean)).add(host)
  for (const name of ['no_proxy', 'NO_PROXY']) process.env[name] = [...direct].join(',')
}
