/** The week a URL asks for, beside the one before it. */
import { readWeeklyReport } from '@rtpx/clickhouse/queries/weekly-report'
import { mondayOfWeek, weekName } from '@rtpx/clickhouse/weeks'
import { addDays, isDay, min, startOfWeek } from '#lib/day.ts'
import type { Opened } from './page.ts'

/** How old a shared answer may be, in ms. */
const SHARED_MS = 30_000

/**
 * The report of `week=` (`2026-W47`, or a day of it); last week's without, or when it names none or one to come.
 * @throws what the ClickHouse client throws
 */
export async function readReportPage({ services, site, today, ask }: Opened) {
  const thisWeek = startOfWeek(today)
  const asked = ask('week') ?? ''
  const named = mondayOfWeek(asked) ?? (isDay(asked) ? startOfWeek(asked) : undefined)
  const monday = min(named ?? addDays(thisWeek, -7), thisWeek)
  const report = await services.share(`report ${site.site_id} ${monday}`, SHARED_MS, () =>
    readWeeklyReport(services.clickhouse, site, monday),
  )
  return {
    ...report,
    week: weekName(monday),
    earlier: weekName(addDays(monday, -7)),
    later: monday < thisWeek ? weekName(addDays(monday, 7)) : null,
    /** The week is not over. */
    unfinished: monday === thisWeek,
  }
}

export type ReportPage = Awaited<ReturnType<typeof readReportPage>>
