/** Runs in the page that is measured, before anything of it; `visit.ts` asks it by name. */
{
  const vitals = { paint: 0, shift: 0, changedAt: 0 }
  const watch = (type, take) =>
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) take(entry)
      vitals.changedAt = performance.now()
    }).observe({ type, buffered: true })
  watch('largest-contentful-paint', (entry) => {
    vitals.paint = entry.startTime
  })
  watch('layout-shift', (entry) => {
    if (!entry.hadRecentInput) vitals.shift += entry.value
  })
  watch('resource', () => {})

  const figures = () =>
    [...document.querySelectorAll('[data-testid="figure"]')].map((figure) => figure.textContent).join()

  globalThis.rtpxBench = {
    quietMs: () => performance.now() - vitals.changedAt,

    measured() {
      const [navigation] = performance.getEntriesByType('navigation')
      const scripts = performance
        .getEntriesByType('resource')
        .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
      return {
        paint: vitals.paint,
        shift: vitals.shift,
        server: navigation.responseStart - navigation.requestStart,
        scriptBytes: scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      }
    },

    /** Presses a key; milliseconds until the figures are other ones and painted. */
    pressUntilPainted(key) {
      const before = figures()
      const startedAt = performance.now()
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
      return new Promise((resolve, reject) => {
        const look = () => {
          const tookMs = performance.now() - startedAt
          if (figures() !== before)
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - startedAt)))
          else if (tookMs > 10_000) reject(new Error(`${key} changed no figure`))
          else requestAnimationFrame(look)
        }
        look()
      })
    },
  }
}
