/** The whole system for benches, and the way of one pixel through it. */
import { ownerHeaders } from '@rtpx/cli/owner'
import { freePorts } from '@rtpx/cli/plan'
import { startSystem } from '@rtpx/cli/system'
import type { Context } from './bench.ts'

/** The day as the default site counts it. */
const today = () => new Date().toISOString().slice(0, 10)

/** Fires a visit of a player nobody saw before. @throws when the edge does not take it */
export async function fireVisit(edgeUrl: string, player: string): Promise<void> {
  const response = await fetch(`${edgeUrl}/visit?player_id=${player}&banner_tag=bench`)
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`the edge answered ${response.status}`)
}

/** Today's visits as `/api/metrics` has them. @throws when it does not answer */
export async function countVisits(dashboardUrl: string): Promise<number> {
  const day = today()
  const headers = await ownerHeaders(dashboardUrl)
  const response = await fetch(`${dashboardUrl}/api/metrics?from=${day}&to=${day}`, { headers })
  if (!response.ok) throw new Error(`/api/metrics answered ${response.status}`)
  const rows = (await response.json()) as { event_type: string; count: number }[]
  return rows.find(({ event_type }) => event_type === 'visit')?.count ?? 0
}

/** Tries until it succeeds. @throws what it threw last, after `timeoutMs` */
export async function untilWorks<T>(work: () => Promise<T>, timeoutMs: number, pauseMs = 10): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await Bun.sleep(pauseMs)
    }
  }
}

/** A visit's way into the answer of `/api/metrics`, in milliseconds. @throws when it takes more than 30 s */
export async function visibleAfterMs(edgeUrl: string, dashboardUrl: string, player: string): Promise<number> {
  const before = await countVisits(dashboardUrl)
  const started = performance.now()
  await fireVisit(edgeUrl, player)
  await untilWorks(
    async () => {
      if ((await countVisits(dashboardUrl)) <= before) throw new Error('a visit does not show')
    },
    30_000,
    5,
  )
  return performance.now() - started
}

/** Settings of `up` that keep it away from whatever else runs here. */
export async function ownEnvironment(context: Context): Promise<Record<string, string>> {
  return {
    ...(await freePorts()),
    RTPX_DATA: `${context.folder}/data`,
    KAFKA_BROKERS: '',
    CLICKHOUSE_URL: '',
  }
}

/**
 * The whole system, in the bench's folder and for as long as the bench.
 * @param env settings of its own, over those of `ownEnvironment`
 * @throws when it does not start
 */
export async function ownSystem(
  context: Context,
  queue: 'kafka' | 'direct',
  env: Readonly<Record<string, string>> = {},
) {
  const own = await ownEnvironment(context)
  return context.cleanup.hold(
    () =>
      startSystem({
        dataDir: own.RTPX_DATA ?? '',
        queue,
        env: { ...process.env, ...own, ...env },
        signal: context.cleanup.signal,
      }),
    (started) => started.stop(),
  )
}
