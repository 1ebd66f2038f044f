/** The tabs and the history of someone's SQL, kept in their browser. */
import type { Drawing, SavedQuery } from './saved.ts'

export interface SqlTab {
  readonly id: string
  name: string
  sql: string
  values: Record<string, string>
  drawing: Drawing
  /** The kept statement it shows, if it does. */
  saved: string | null
}

export interface HistoryEntry {
  readonly sql: string
  /** ms since 1970 */
  readonly at: number
  readonly rows: number
  readonly ms: number
}

const KEY = 'rtpx-sql'
const MOST_HISTORY = 100
const MOST_TABS = 20

const EXAMPLE = `-- Visits, registrations and deposits of each day. Ctrl+Enter runs it.
SELECT
    event_date,
    sumIf(count, event_type = 'visit') AS visits,
    sumIf(count, event_type = 'registration') AS registrations,
    sumIf(count, event_type = 'deposit') AS deposits
FROM daily_metrics
WHERE event_date >= today() - 30
GROUP BY event_date
ORDER BY event_date`

const newTab = (sql: string, name = 'Query'): SqlTab => ({
  id: crypto.randomUUID(),
  name,
  sql,
  values: {},
  drawing: 'table',
  saved: null,
})

export class Workspace {
  tabs = $state<SqlTab[]>([newTab(EXAMPLE, 'Daily metrics')])
  open = $state('')
  history = $state.raw<readonly HistoryEntry[]>([])
  readonly current = $derived(this.tabs.find(({ id }) => id === this.open) ?? (this.tabs[0] as SqlTab))

  /** Takes up where this browser left off. */
  restore(): void {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null')
      if (!kept || !Array.isArray(kept.tabs) || kept.tabs.length === 0) return
      this.tabs = kept.tabs.slice(0, MOST_TABS)
      this.open = kept.open
      this.history = kept.history ?? []
    } catch {
      // What cannot be read begins anew.
    }
  }

  keep(): void {
    try {
      localStorage.setItem(KEY, JSON.stringify({ tabs: this.tabs, open: this.open, history: this.history }))
    } catch {
      // A browser that keeps nothing works all the same.
    }
  }

  add(sql = '', name = `Query ${this.tabs.length + 1}`): void {
    if (this.tabs.length >= MOST_TABS) this.tabs.splice(0, 1)
    const tab = newTab(sql, name)
    this.tabs.push(tab)
    this.open = tab.id
  }

  close(id: string): void {
    const at = this.tabs.findIndex((tab) => tab.id === id)
    this.tabs = this.tabs.filter((tab) => tab.id !== id)
    if (this.tabs.length === 0) this.add('', 'Query 1')
    if (this.open === id || !this.tabs.some((tab) => tab.id === this.open))
      this.open = (this.tabs[Math.max(0, at - 1)] as SqlTab).id
  }

  /** Opens a kept statement in its tab, or a new one. */
  show(query: SavedQuery): void {
    const there = this.tabs.find(({ saved }) => saved === query.id)
    if (there) {
      this.open = there.id
      return
    }
    this.add(query.sql, query.name)
    Object.assign(this.current, { values: { ...query.values }, drawing: query.drawing, saved: query.id })
  }

  remember(entry: HistoryEntry): void {
    const others = this.history.filter(({ sql }) => sql !== entry.sql)
    this.history = [entry, ...others].slice(0, MOST_HISTORY)
  }
}
