/**
 * Browser notifications of alerts, while a dashboard is open, in sight or not. Chosen per browser; what was there before the page opened, or
 * was shown in another tab, is not shown.
 */

interface News {
  readonly alert_id: string
  readonly site_id: string
  readonly rule_name: string
  readonly words: string
}

export interface WatchOptions {
  /** Asks for the news; rejects when there is no answer. */
  readonly ask: () => Promise<readonly News[]>
  readonly show: (news: News) => void
  /** Runs something every so often; returns how to stop. */
  readonly every: (run: () => void, ms: number) => () => void
}

const INTERVAL_MS = 15_000

/** @returns how to stop */
export function watchAlerts({ ask, show, every }: WatchOptions): () => void {
  let seen: Set<string> | undefined
  let stopped = false
  const look = async () => {
    const news = await ask().catch(() => undefined)
    if (stopped || !news) return
    for (const one of seen ? news : []) if (!seen?.has(one.alert_id)) show(one)
    seen = new Set([...(seen ?? []), ...news.map(({ alert_id }) => alert_id)])
  }
  void look()
  const stop = every(() => void look(), INTERVAL_MS)
  return () => {
    stopped = true
    stop()
  }
}

const CHOICE = 'rtpx-alert-notifications'

export const isChosen = () => localStorage.getItem(CHOICE) === 'on' && Notification.permission === 'granted'
export const choose = (on: boolean) =>
  on ? localStorage.setItem(CHOICE, 'on') : localStorage.removeItem(CHOICE)

/** Watches with this browser's means. @returns how to stop */
export const watchInBrowser = () =>
  watchAlerts({
    ask: async () => {
      const response = await fetch('/api/alerts/news', { cache: 'no-store' })
      if (!response.ok) throw new Error(`answered ${response.status}`)
      return ((await response.json()) as { alerts: News[] }).alerts
    },
    show: ({ alert_id, site_id, rule_name, words }) => {
      // The tag: of several open tabs one notification stays.
      const notification = new Notification(rule_name, { body: words, tag: alert_id })
      notification.onclick = () => {
        window.focus()
        location.assign(`/alerts?${new URLSearchParams({ site: site_id })}`)
      }
    },
    every: (run, ms) => {
      const timer = setInterval(run, ms)
      return () => clearInterval(timer)
    },
  })
