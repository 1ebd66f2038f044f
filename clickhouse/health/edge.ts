/** How an edge is, as it tells itself: reachable, ready, its queue, its spool, its disk, its clock. */
import { type Check, checkOf, reasonOf } from './check.ts'
import { clockCheck } from './clock.ts'
import { LIMITS } from './limits.ts'
import { readSamples, type Sample, valuesOf } from './samples.ts'
import { sizeText } from './size.ts'

const TIMEOUT_MS = 3_000

export interface EdgeFacts {
  readonly edge: string
  readonly isReady: boolean
  readonly isQueueUp: boolean
  readonly spoolRecords: number
  readonly spoolBytes: number
  readonly spoolOldestS: number
  readonly quarantined: number
  readonly spoolFailures: number
  readonly diskFreeBytes: number
  /** The edge's clock less this process's; ms. */
  readonly clockMs: number
}

/** Asks one edge. @throws Error when it does not answer, or not to this process */
export async function askEdge(edge: string, now: () => number = Date.now): Promise<EdgeFacts> {
  const get = (path: string) =>
    fetch(`${edge}${path}`, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
  const health = await get('/health')
  await health.arrayBuffer()
  const askedAt = now()
  const metrics = await get('/metrics')
  const samples = readSamples(await metrics.text())
  const answeredAt = now()
  if (!metrics.ok)
    throw new Error('its /metrics are closed to this process: METRICS_NETWORKS must hold this address')
  return { edge, isReady: health.ok, ...factsOf(samples, (askedAt + answeredAt) / 2) }
}

function factsOf(samples: readonly Sample[], now: number): Omit<EdgeFacts, 'edge' | 'isReady'> {
  const sum = (name: string) => valuesOf(samples, name).reduce((total, value) => total + value, 0)
  const most = (name: string) => Math.max(0, ...valuesOf(samples, name))
  return {
    isQueueUp: valuesOf(samples, 'rtpx_edge_queue_up').every((up) => up === 1),
    spoolRecords: sum('rtpx_edge_spool_records'),
    spoolBytes: sum('rtpx_edge_spool_bytes'),
    spoolOldestS: most('rtpx_edge_spool_oldest_seconds'),
    quarantined: sum('rtpx_edge_spool_quarantined_total'),
    spoolFailures: sum('rtpx_edge_spool_failures_total'),
    diskFreeBytes: most('rtpx_edge_disk_free_bytes'),
    clockMs: most('rtpx_edge_clock_seconds') * 1000 - now,
  }
}

/** Every check of one edge. Never throws. @param edge its address, as this process reaches it */
export async function checkEdge(edge: string, now: () => number = Date.now): Promise<Check[]> {
  const { ok, bad } = checkOf('edge_answers', `Edge ${edge}`)
  try {
    const facts = await askEdge(edge, now)
    const answers = facts.isReady
      ? ok('takes events')
      : bad(
          'answers, but takes no events: neither its queue nor its spool does',
          'look at its log, at Kafka, and at the disk of its spool; it takes events again by itself',
        )
    return [
      answers,
      queueCheck(facts),
      ...spoolChecks(facts),
      edgeDiskCheck(facts),
      clockCheck(edge, facts.clockMs),
    ]
  } catch (error) {
    return [
      bad(
        `does not answer (${reasonOf(error)})`,
        'start it, or correct the address this process asks (EDGE_NODES); pixels sent to it are lost to whoever does not send again',
      ),
    ]
  }
}

function queueCheck({ edge, isQueueUp }: EdgeFacts): Check {
  const { ok, warn } = checkOf('edge_queue', `Queue of ${edge}`)
  return isQueueUp
    ? ok('takes batches')
    : warn(
        'is not reached; events go to the spool on disk and are sent later',
        'bring Kafka back (or ClickHouse, with QUEUE=direct); the spool empties by itself',
      )
}

function spoolChecks(facts: EdgeFacts): Check[] {
  const { edge, spoolRecords, spoolBytes, spoolOldestS, quarantined, spoolFailures } = facts
  const spool = checkOf('edge_spool', `Spool of ${edge}`)
  const held = `${spoolRecords} batches (${sizeText(spoolBytes)}) wait, the oldest for ${Math.round(spoolOldestS)} s`
  const advice =
    'see why the queue does not take them; SPOOL_MAX_BYTES is what the spool may hold before pixels are answered 503'
  const checks: Check[] = []
  if (spoolOldestS >= LIMITS.spoolBadS) checks.push(spool.bad(held, advice))
  else if (spoolOldestS >= LIMITS.spoolWarnS) checks.push(spool.warn(held, advice))
  else checks.push(spool.ok(spoolRecords === 0 ? 'empty' : held))
  if (quarantined > 0 || spoolFailures > 0)
    checks.push(
      checkOf('edge_spool_damage', `Spool of ${edge}`).warn(
        `${quarantined} batches were set aside as damaged or refused, ${spoolFailures} disk operations failed`,
        'look at its log and at the disk; what was set aside is in quarantine/ beside the spool',
      ),
    )
  return checks
}

function edgeDiskCheck({ edge, diskFreeBytes }: EdgeFacts): Check {
  const { ok, warn, bad } = checkOf('edge_disk', `Disk of ${edge}`)
  const words = `${sizeText(diskFreeBytes)} free for the spool`
  if (diskFreeBytes < LIMITS.diskBadBytes / 4)
    return bad(words, 'make room: a full disk means 503 as soon as Kafka is gone')
  return diskFreeBytes < LIMITS.diskBadBytes
    ? warn(words, 'make room before Kafka is gone for long')
    : ok(words)
}
