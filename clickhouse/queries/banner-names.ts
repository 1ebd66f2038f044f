/** Which banners a site has, for whoever looks for one by its name. */
import type { ClickHouse } from '../client.ts'
import { inView } from './banner-groups.ts'

export interface BannerNamesQuestion {
  readonly site_id: string
  /** Credited since then, `YYYY-MM-DD`. */
  readonly from: string
  /** What is looked for, anywhere in the name. */
  readonly text: string
  /** Only banners that begin so; null for all. */
  readonly banner_prefixes: readonly string[] | null
  readonly limit: number
}

/** Banners whose name has the text in it, capital or not; those that begin with it first, then those with most players. */
export const bannerNames = (clickhouse: ClickHouse, question: BannerNamesQuestion) =>
  clickhouse.rows<{ banner_tag: string; players: number }>(
    `SELECT banner_tag, sum(count) AS players
     FROM event_summary
     WHERE site_id = {site_id:String} AND event_date >= {from:Date} AND banner_tag != ''
       AND positionCaseInsensitiveUTF8(banner_tag, {text:String}) > 0 ${inView(question)}
     GROUP BY banner_tag
     ORDER BY positionCaseInsensitiveUTF8(banner_tag, {text:String}) = 1 DESC, players DESC, banner_tag
     LIMIT {limit:UInt32}
     SETTINGS max_execution_time = 5`,
    { ...question, banner_prefixes: question.banner_prefixes ?? [] },
  )
