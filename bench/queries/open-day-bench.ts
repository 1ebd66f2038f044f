/**
 * An open day with three million players, while more arrive: how long the overview's questions about it take. Every player counts, some of them
 * only just now; nothing of the day is closed. Fills through the same views as live events and counts with the aggregator's own job.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { countsByDayAndBanner, countsByHourAndBanner, dailyCounts } from '@rtpx/clickhouse/queries/metrics'
import { startMigrated } from '@rtpx/clickhouse/testing'
import type { Bench, Context } from '../bench.ts'
import { jobRunner } from '../generate/fill-days.ts'
import { type Row, row } from '../measure/row.ts'
import { percentile } from '../measure/stats.ts'
import type { Question } from './questions.ts'

const PLAYERS = { full: 3_000_000, quick: 300_000 } as const
const ASKED = { full: 60, quick: 10 } as const
/** Players counted by one run of the job while the day is filled. */
const FILL = 250_000
/** While it is asked: so many events every so often, one in two of a player who is counted already. */
const RATE = 20_000
const TICK_MS = 100
/** As the aggregator is scheduled. */
const COUNT_EVERY_MS = 1_000
const MOST_MS = 100

const STILL = 'nothing arrives'
const FILLING = `${RATE.toLocaleString('en')} events/s arrive`

export const openDayBench: Bench = {
  name: 'open-day',
  about: 'the overview’s questions about an open day of three million players that is still filling',
  bars: questions('2000-01-01').map(({ name }) => ({
    bench: 'open-day',
    case: `${FILLING}: ${name}, p95`,
    unit: 'ms',
    atMost: MOST_MS,
  })),
  run,
}

function questions(day: string): Question[] {
  const days = { site_id: 'default', from: day, to: day }
  const hours = { site_id: 'default', day, starts_at: Date.parse(`${day}T00:00:00Z`), hours: 24 }
  return [
    { name: 'by type', ask: (clickhouse) => dailyCounts(clickhouse, days, true) },
    { name: 'by day and banner', ask: (clickhouse) => countsByDayAndBanner(clickhouse, days, null, true) },
    { name: 'by hour and banner', ask: (clickhouse) => countsByHourAndBanner(clickhouse, hours, null, true) },
  ]
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const size = context.quick ? 'quick' : 'full'
  const { clickhouse } = await context.cleanup.hold(
    () => startMigrated({ requestTimeoutMs: 120_000 }),
    (started) => started.stop(),
  )
  const day = new Date().toISOString().slice(0, 10)
  const runJob = jobRunner(clickhouse, Date.now)
  const count = () => runJob('count-days')
  context.say(`  filling ${PLAYERS[size].toLocaleString('en')} players`)
  for (let first = 0; first < PLAYERS[size]; first += FILL) {
    await visits(
      clickhouse,
      day,
      { players: newOnes, at: SO_FAR, count: Math.min(FILL, PLAYERS[size] - first) },
      { first },
    )
    await count()
  }
  const rows: Row[] = []
  const add = (when: string, times: ReadonlyMap<string, number[]>, base?: string) => {
    for (const [name, list] of times)
      for (const [label, share] of [
        ['p50', 0.5],
        ['p95', 0.95],
      ] as const)
        rows.push(
          row(
            'open-day',
            `${when}: ${name}, ${label}`,
            percentile(list, share),
            'ms',
            base && `${base}: ${name}, ${label}`,
            rows,
          ),
        )
  }
  context.say(`  ${STILL}`)
  add(STILL, await asked(clickhouse, questions(day), ASKED[size]))
  context.say(`  ${FILLING}`)
  const filling = startFilling(clickhouse, day, PLAYERS[size], count)
  add(FILLING, await asked(clickhouse, questions(day), ASKED[size]), STILL)
  const { arrived, seconds } = await filling.stop()
  const [counted] = await clickhouse.rows<{ players: number }>(
    'SELECT sum(count) AS players FROM player_days WHERE site_id = {site_id:String}',
    { site_id: 'default' },
  )
  return {
    rows,
    notes: [
      `${(counted?.players ?? 0).toLocaleString('en')} players counted at the end; ${Math.round(arrived / seconds).toLocaleString('en')} events/s arrived meanwhile`,
      'each question with what is not counted yet; asked in turn, one at a time',
    ],
  }
}

/**
 * One visit each, nine in ten for the player's own banner.
 * @param players SQL: who visits, by `number`
 * @param at SQL: when
 */
const visits = (
  clickhouse: ClickHouse,
  day: string,
  of: { readonly players: string; readonly at: string; readonly count: number },
  params: object,
) =>
  clickhouse.command(
    `INSERT INTO events_incoming (event_id, site_id, event_type, player_id, banner_tag, occurred_at, created_at, event_date)
     SELECT generateUUIDv7(), 'default', 'visit', concat('p', toString(player)),
       concat('b', toString(if(number % 10 = 0, cityHash64(number, player), cityHash64(player)) % 200)), at, at, {day:Date}
     FROM (SELECT number, ${of.players} AS player, toDateTime64(${of.at}, 3, 'UTC') AS at FROM numbers({count:UInt64}))`,
    { day, count: of.count, ...params },
  )

/** Since midnight. */
const SO_FAR = "least(now64(3), toDateTime64({day:Date}, 3, 'UTC') + number % 80000)"
/** Players from one number on. */
const newOnes = '{first:UInt64} + number'
/** In turn such players and, from all over the day, those who have been there. */
const newAndOld =
  'if(number % 2 = 0, {first:UInt64} + intDiv(number, 2), cityHash64(number, {first:UInt64}) % {players:UInt64})'

/** Events at the rate, and the counting beside them, until it is stopped. @throws from `stop` what went wrong meanwhile */
function startFilling(clickhouse: ClickHouse, day: string, players: number, count: () => Promise<void>) {
  const perTick = (RATE * TICK_MS) / 1_000
  const startedAt = performance.now()
  let running = true
  let ticks = 0
  const arrive = async () => {
    while (running) {
      const first = players + (ticks * perTick) / 2
      await visits(
        clickhouse,
        day,
        { players: newAndOld, at: 'now64(3)', count: perTick },
        { first, players },
      )
      ticks += 1
      await Bun.sleep(Math.max(0, startedAt + ticks * TICK_MS - performance.now()))
    }
  }
  const counting = async () => {
    while (running) {
      await count()
      await Bun.sleep(COUNT_EVERY_MS)
    }
  }
  const both = Promise.all([arrive(), counting()])
  return {
    stop: async () => {
      running = false
      await both
      return { arrived: ticks * perTick, seconds: (performance.now() - startedAt) / 1_000 }
    },
  }
}

/** ms of each time a question was asked, by its name. */
async function asked(clickhouse: ClickHouse, all: readonly Question[], times: number) {
  const taken = new Map<string, number[]>(all.map(({ name }) => [name, []]))
  for (let index = 0; index < times; index += 1)
    for (const { name, ask } of all) {
      const from = performance.now()
      await ask(clickhouse)
      taken.get(name)?.push(performance.now() - from)
    }
  return taken
}
