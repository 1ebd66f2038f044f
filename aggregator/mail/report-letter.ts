/** The weekly report as an e-mail: the same numbers as the page `/report`, in a table that every mail program shows and prints. */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { registeredSites } from '@rtpx/clickhouse/queries/sites'
import {
  type AmountPair,
  type Pair,
  readWeeklyReport,
  type WeeklyReport,
} from '@rtpx/clickhouse/queries/weekly-report'
import { weekName } from '@rtpx/clickhouse/weeks'
import { type Letter, oneLine, when } from '../alerts/letter.ts'
import { type Html, html } from './html.ts'

interface Asked {
  readonly site_id: string
  /** Monday. */
  readonly week: string
  /** Address of the dashboard; empty: no link. */
  readonly origin: string
}

/** @returns undefined when the site is gone */
export async function reportLetter(clickhouse: ClickHouse, asked: Asked): Promise<Letter | undefined> {
  const site = (await registeredSites(clickhouse)).find(({ site_id }) => site_id === asked.site_id)
  if (!site) return undefined
  const report = await readWeeklyReport(clickhouse, site, asked.week)
  const link =
    asked.origin === ''
      ? ''
      : `${asked.origin}/report?${new URLSearchParams({ site: site.site_id, week: weekName(asked.week) })}`
  return {
    subject: `[rtpx] ${siteName(report)}: week ${weekName(asked.week)}`,
    text: textOf(report, link),
    html: htmlOf(report, link).text,
  }
}

const whole = (value: number) => Math.round(value).toLocaleString('en')
const change = ({ now, before }: Pair) => {
  if (before === 0) return now === 0 ? '' : 'new'
  const percent = Math.round(((now - before) / before) * 100)
  return percent === 0 ? '±0%' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)}%`
}
const amountPair = ({ now, before }: AmountPair): Pair => ({ now: Number(now), before: Number(before) })
const typeWords = (type: string) => type.charAt(0).toUpperCase() + type.slice(1).replaceAll('_', ' ')
const rate = (of: number, by: number) => (by === 0 ? '–' : `${((of / by) * 100).toFixed(1)}%`)

/** The week as people say it: `16–22 Nov 2026`. */
const daysOf = ({ from, to }: WeeklyReport) =>
  new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  }).formatRange(Date.parse(from), Date.parse(to))

const counted = (count: number, one: string) => `${whole(count)} ${one}${count === 1 ? '' : 's'}`

/** The figures in their order, as words, values and changes. */
function figures({ counts, amounts, first_deposits }: WeeklyReport): [string, string, string][] {
  const of = (type: string) => counts.find(({ event_type }) => event_type === type) ?? { now: 0, before: 0 }
  return [
    ...counts
      .slice(0, 3)
      .map((count): [string, string, string] => [
        `${typeWords(count.event_type)}s`,
        whole(count.now),
        change(count),
      ]),
    ['First deposits', whole(first_deposits.now), change(first_deposits)],
    ...amounts.map((amount): [string, string, string] => [
      `Deposited ${amount.currency || '(no currency)'}`,
      Number(amount.now).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
      change(amountPair(amount)),
    ]),
    [
      'Visit → registration',
      rate(of('registration').now, of('visit').now),
      `was ${rate(of('registration').before, of('visit').before)}`,
    ],
    [
      'Deposits per registration',
      rate(of('deposit').now, of('registration').now),
      `was ${rate(of('deposit').before, of('registration').before)}`,
    ],
  ]
}

/** What was noticed, a line each. */
function noticed({ integrity, anomalies, alerts, alert_count }: WeeklyReport): string[] {
  const more = alert_count > alerts.length ? [`and ${alert_count - alerts.length} more alerts`] : []
  return [
    ...alerts.map(
      ({ rule_name, words, opened_at, resolved_at }) =>
        `Alert: ${rule_name}. ${words} ${when(opened_at)}${resolved_at === null ? ', still so' : ''}`,
    ),
    ...more,
    ...anomalies
      .slice(0, 5)
      .map(({ kind, event_type, banner_tag }) =>
        [
          `Finding: ${kind.replaceAll('_', ' ')}`,
          event_type && `of ${event_type}`,
          banner_tag && `of ${banner_tag}`,
        ]
          .filter(Boolean)
          .join(' '),
      ),
    ...integrity.map(({ kind, count }) => `${counted(count, 'open finding')}: ${kind.replaceAll('_', ' ')}`),
  ].map(oneLine)
}

const siteName = ({ site }: WeeklyReport) => oneLine(site.name || site.site_id)

function textOf(report: WeeklyReport, link: string): string {
  return [
    `${siteName(report)}: ${daysOf(report)}, against the week before`,
    '',
    ...figures(report).map(([name, value, changed]) => `${name}: ${value}${changed ? ` (${changed})` : ''}`),
    '',
    'Banners with the most visits:',
    ...report.banners.map(
      ({ banner_tag, visit, registration, deposit }) =>
        `  ${oneLine(banner_tag)}: ${counted(visit.now, 'visit')}, ${counted(registration.now, 'registration')}, ${counted(deposit.now, 'deposit')}`,
    ),
    '',
    ...noticed(report),
    '',
    link,
  ]
    .join('\n')
    .trimEnd()
}

const CELL = 'padding:4px 8px;border-top:1px solid #e4e4e1;text-align:right;white-space:nowrap'
const NAME = 'padding:4px 8px;border-top:1px solid #e4e4e1;text-align:left'

function htmlOf(report: WeeklyReport, link: string): Html {
  const lines = noticed(report)
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Week ${weekName(report.from)}</title></head>
<body style="font-family:sans-serif;font-size:14px;color:#191a1b;max-width:680px;margin:16px auto;padding:0 8px">
<h1 style="font-size:20px;margin:0">${siteName(report)}: week ${weekName(report.from)}</h1>
<p style="color:#5c5f63;margin:4px 0 16px">${daysOf(report)}, against the week before. Days are those of ${report.site.time_zone}.</p>
<table cellspacing="0" style="border-collapse:collapse;width:100%;margin-bottom:24px">
${figures(report).map(
  ([name, value, changed]) =>
    html`<tr><th scope="row" style="${NAME};font-weight:normal">${name}</th><td style="${CELL};font-weight:bold">${value}</td><td style="${CELL};color:#5c5f63">${changed}</td></tr>`,
)}
</table>
<h2 style="font-size:16px;margin:0 0 8px">Banners with the most visits</h2>
${
  report.banners.length === 0
    ? html`<p style="color:#5c5f63">No banner had a visit.</p>`
    : html`<table cellspacing="0" style="border-collapse:collapse;width:100%;margin-bottom:24px">
<tr style="color:#5c5f63"><th scope="col" style="${NAME};border:0">Banner</th><th scope="col" style="${CELL};border:0">Visits</th><th scope="col" style="${CELL};border:0"></th><th scope="col" style="${CELL};border:0">Registrations</th><th scope="col" style="${CELL};border:0">Deposits</th></tr>
${report.banners.map(
  ({ banner_tag, visit, registration, deposit }) =>
    html`<tr><th scope="row" style="${NAME};font-weight:normal;word-break:break-all">${oneLine(banner_tag)}</th><td style="${CELL}">${whole(visit.now)}</td><td style="${CELL};color:#5c5f63">${change(visit)}</td><td style="${CELL}">${whole(registration.now)}</td><td style="${CELL}">${whole(deposit.now)}</td></tr>`,
)}
</table>`
}
<h2 style="font-size:16px;margin:0 0 8px">What was noticed</h2>
${lines.length === 0 ? html`<p style="color:#5c5f63">Nothing.</p>` : html`<ul style="padding-left:20px">${lines.map((line) => html`<li style="margin-bottom:4px">${line}</li>`)}</ul>`}
${link === '' ? '' : html`<p><a href="${link}">Open it in the dashboard</a>, for printing too.</p>`}
</body></html>`
}
