/** Where an event is looked for: each watcher fires one and says when it is there. */
import { ownerHeaders } from '@rtpx/cli/owner'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import type { Browser, Page } from 'playwright-core'
import { countVisits, fireVisit, untilWorks } from '../system.ts'

export interface Watcher {
  readonly name: string
  /** Whether what it fires is a visit, which the open page counts. */
  readonly isVisit: boolean
  /** To be called before the event is fired. Its answer settles when the event is there. */
  begin(player: string): Promise<() => Promise<void>>
  /** @throws when the edge does not answer it as it should */
  fire(edge: string, player: string): Promise<void>
}

type Fire = Watcher['fire']

const GIVE_UP_MS = 60_000

/** Asks until the number grows. */
function growing(name: string, count: (player: string) => Promise<number>, fire: Fire = fireVisit): Watcher {
  return {
    name,
    isVisit: fire === fireVisit,
    fire,
    async begin(player) {
      const before = await count(player)
      const look = async () => {
        if ((await count(player)) <= before) throw new Error(`${name} does not show an event`)
      }
      return () => untilWorks(look, GIVE_UP_MS, 5)
    },
  }
}

export const API = '/api/metrics'
export const PAGE = 'open page'

export const apiWatcher = (dashboard: string) => growing(API, () => countVisits(dashboard))

/** The table that an analyst would ask for the event. */
export function tableWatcher(clickhouse: ClickHouse, table: keyof typeof TABLES): Watcher {
  const count = async (player: string) => {
    const [row] = await clickhouse.rows<{ found: number }>(TABLES[table], { player })
    return row?.found ?? 0
  }
  return growing(table, count, FIRES[table])
}

const OF_TODAY = "site_id = 'default' AND event_date = toDate(now('UTC')) AND event_type = 'visit'"
const TABLES = {
  events: `SELECT count() AS found FROM events WHERE ${OF_TODAY} AND player_id = {player:String}`,
  daily_metrics: `SELECT sum(count) AS found FROM daily_metrics WHERE ${OF_TODAY}`,
  event_summary: `SELECT sum(count) AS found FROM event_summary WHERE ${OF_TODAY} AND banner_tag = 'bench'`,
  players: "SELECT count() AS found FROM players WHERE site_id = 'default' AND player_id = {player:String}",
  page_minutes:
    "SELECT sum(views) AS found FROM page_minutes WHERE site_id = 'default' AND path = concat('/', {player:String})",
  rejected_events: `SELECT count() AS found FROM rejected_events WHERE rejected_at >= toStartOfDay(now('UTC')) AND position(raw, {player:String}) > 0`,
} as const

/** What is fired for tables that are not about visits. */
const FIRES: Partial<Record<keyof typeof TABLES, Fire>> = {
  page_minutes: (edge, player) =>
    firePixel(
      edge,
      { event_type: 'page_view', visitor_id: player, domain: 'shop.example', path: `/${player}` },
      200,
    ),
  // Without a banner it is no visit.
  rejected_events: (edge, player) => firePixel(edge, { event_type: 'visit', player_id: player }, 400),
}

async function firePixel(edge: string, fields: Record<string, string>, wanted: number): Promise<void> {
  const response = await fetch(`${edge}/pixel.gif?${new URLSearchParams(fields)}`)
  await response.arrayBuffer()
  if (response.status !== wanted) throw new Error(`the edge answered ${response.status}, not ${wanted}`)
}

const FIGURE = '[data-testid="metric-visit"] [data-testid="figure"]'
/** In the page: settles when the figure is another one and painted. */
const UNTIL_CHANGED = `new Promise((resolve, reject) => {
  const text = () => document.querySelector('${FIGURE}')?.textContent
  const before = text()
  const timer = setTimeout(() => { observer.disconnect(); reject(new Error('the open page does not show a visit')) }, ${GIVE_UP_MS})
  const observer = new MutationObserver(() => {
    if (text() === before) return
    observer.disconnect()
    clearTimeout(timer)
    requestAnimationFrame(() => setTimeout(() => resolve(Date.now())))
  })
  observer.observe(document.body, { subtree: true, childList: true, characterData: true })
})`

/** The overview of today, opened once and left open. */
export async function openOverview(browser: Browser, dashboard: string): Promise<Page> {
  const page = await browser.newPage({ extraHTTPHeaders: await ownerHeaders(dashboard) })
  await page.goto(`${dashboard}/?range=today`)
  await page.locator(FIGURE).waitFor()
  return page
}

/** When the page's number of visits changes next and is painted, in ms since 1970. */
export const untilPageChanges = (page: Page): Promise<number> => page.evaluate<number>(UNTIL_CHANGED)
