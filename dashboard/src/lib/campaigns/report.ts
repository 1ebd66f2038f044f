/** What the page of the campaigns shows, as one plain value: its `load` returns it, `/api/campaigns` repeats it while the page is open. */
import type { Site } from '#lib/overview.ts'
import type { ChosenRange } from '#lib/range.ts'
import type { CampaignRow, Plotted } from './figures.ts'
import type { Payback } from './payback.ts'

export interface Campaigns {
  readonly site: Site
  /** Today in the site's time zone. */
  readonly today: string
  readonly range: ChosenRange
  readonly previous: { readonly from: string; readonly to: string }
  /** Wall clock up to which the previous period is counted when the range is not over, else null. */
  readonly until: string | null
  /** How banners stand together, as in the URL; null for each by itself. */
  readonly group: string | null
  /** What the names of the rows hold; empty for all. */
  readonly wanted: string
  /** Whether known bots count too. */
  readonly with_bots: boolean
  /** The currency of amounts, costs and what follows from them. */
  readonly currency: string
  /** Every currency there is, of deposits or costs, the most frequent first. */
  readonly currencies: readonly string[]
  readonly plotted: Plotted
  /** Days a point of a series stands for. */
  readonly days_per_point: number
  readonly rows: readonly CampaignRow[]
  /** The rows beyond the limit together, and costs that no visit shares; each only where there is any. */
  readonly rest: readonly CampaignRow[]
  /** All rows, those of `rest` too. */
  readonly total: CampaignRow
  /** How many names there are, shown or not. */
  readonly names: number
  /** The one or two rows side by side. */
  readonly compared: readonly CampaignRow[]
  /** Whether the asker may see costs, and change them. */
  readonly shows_costs: boolean
  readonly edits_costs: boolean
  /** Only asked for with costs on show. */
  readonly payback: Payback | null
}
