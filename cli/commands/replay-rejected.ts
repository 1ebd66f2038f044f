/** `replay-rejected`: counts what the edge refused and its rules take now; `--dry-run` shows which numbers would change. */
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { registeredSites } from '@rtpx/clickhouse/queries/sites'
import { carryOut, MAX_REFUSALS, type Plan, planReplay } from '@rtpx/clickhouse/replay/replay'
import { REFUSAL_CODES } from '@rtpx/edge/intake/refusal'
import { buildJudge } from '@rtpx/edge/judge'
import { Directory } from '@rtpx/edge/sites/directory'
import { siteOfRow } from '@rtpx/edge/sites/site'
import { readUpSettings } from '../config.ts'
import { print } from '../output.ts'
import { judgingBy } from '../replay/judging.ts'
import { StartError } from '../start-error.ts'
import { runningSystem } from '../state.ts'
import { strictCommand } from '../strict-command.ts'
import { table } from '../table.ts'

export default strictCommand({
  meta: { name: 'replay-rejected', description: 'Count what the edge refused and would take now' },
  args: {
    reason: {
      type: 'string',
      description: 'Reason code of the refusals, such as unknown_site',
      required: true,
    },
    site: { type: 'string', description: 'Only events of this site' },
    since: {
      type: 'string',
      description: 'Only what was refused from then on: 2026-01-31 or 2026-01-31T10:00:00Z',
    },
    until: { type: 'string', description: 'Only what was refused before then' },
    'dry-run': { type: 'boolean', description: 'Show which numbers would change, and change nothing' },
  },
  run: async ({ args }) => {
    if (!Object.hasOwn(REFUSAL_CODES, args.reason))
      throw new StartError(
        `there is no reason ${args.reason}; reasons: ${Object.keys(REFUSAL_CODES).join(', ')}`,
      )
    const filter = {
      reason: args.reason,
      sinceMs: instant('since', args.since, 0),
      untilMs: instant('until', args.until, Date.now()),
    }
    const settings = readUpSettings(process.env)
    const own = settings.CLICKHOUSE_URL || `http://127.0.0.1:${settings.CLICKHOUSE_PORT}`
    const url = runningSystem(settings.RTPX_DATA)?.urls.clickhouse ?? own
    const connection = clickhouseConnection({ ...settings, CLICKHOUSE_URL: url })
    const clickhouse = connectClickHouse({ ...connection, requestTimeoutMs: 300_000 })
    try {
      if (!(await clickhouse.ping())) throw new StartError(`ClickHouse at ${url} does not answer`)
      const directory = new Directory((await registeredSites(clickhouse)).map(siteOfRow))
      const judge = await buildJudge(settings, () => directory)
      const plan = await planReplay(clickhouse, judgingBy(judge), filter, args.site)
      for (const line of planLines(plan)) print(line)
      if (args['dry-run']) return void print('dry run: nothing was changed')
      await carryOut(clickhouse, plan, Date.now)
      print(
        `done: ${plan.taken.length - plan.stored.size} events count that did not; on a closed day, from the next run of close-days on`,
      )
    } finally {
      await clickhouse.close()
    }
  },
})

/** What a plan says, for people. */
function planLines({ taken, refused, incomplete, stored, changes, isPartial }: Plan): string[] {
  const still = Map.groupBy(refused, ({ refusal }) => refusal.code)
  const rows = changes.map(
    ({ site_id, event_date, event_type, number, banner_tag, currency, before, after }) => [
      site_id,
      event_date,
      event_type,
      number === 'banner'
        ? `players of ${banner_tag || '(no banner)'}`
        : number === 'players'
          ? 'players'
          : `${number} ${currency || '(no currency)'} of ${banner_tag || '(no banner)'}`,
      before,
      after,
    ],
  )
  return [
    `${taken.length} refusals would be taken now, ${stored.size} of them are stored already`,
    ...[...still].map(([code, list]) => `${list.length} are refused still: ${code}`),
    ...(incomplete > 0 ? [`${incomplete} cannot be judged: too little of what was sent was kept`] : []),
    ...(isPartial ? [`these are the oldest ${MAX_REFUSALS}; run it again for the rest`] : []),
    ...(rows.length > 0
      ? [table(['SITE', 'DAY', 'TYPE', 'NUMBER', 'BEFORE', 'AFTER'], rows)]
      : ['no number changes']),
  ]
}

function instant(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const ms = /^\d{4}-\d\d-\d\d(T\S+)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms))
    throw new StartError(`--${name} ${text}: not a time such as 2026-01-31 or 2026-01-31T10:00:00Z`)
  return ms
}
