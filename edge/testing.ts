/** An edge for tests: real routes and judging, memory for a queue, a clock and ids that the test sets. */
import type { Event } from '@rtpx/kafka/event'
import { networks } from '@rtpx/kafka/networks'
import { edgeApp } from './app.ts'
import { Publisher, type PublisherLimits } from './batch/publisher.ts'
import { addressKeeper } from './clients/privacy.ts'
import { userAgentReader } from './clients/user-agent.ts'
import type { Judge } from './intake/read-event.ts'
import { Gate } from './limits/gate.ts'
import type { Rate } from './limits/rate-limiter.ts'
import { RecentIds } from './limits/recent-ids.ts'
import { type Rejection, RejectionReporter } from './rejections/reporter.ts'
import { linesOf, memorySink } from './sinks/memory-sink.ts'
import { Directory } from './sites/directory.ts'
import { dayOfSite } from './sites/local-day.ts'
import { FRESH } from './sites/registry.ts'
import type { Site } from './sites/site.ts'
import { EdgeStats } from './stats.ts'

/** 2026-03-04 05:06:07.089 UTC. */
export const TEST_NOW = Date.UTC(2026, 2, 4, 5, 6, 7, 89)

const LIMITS: PublisherLimits = {
  lingerMs: 1,
  maxWrites: 4,
  maxBatchBytes: 65_536,
  maxPendingBytes: 1_048_576,
}

export interface TestEdgeOptions {
  readonly sites?: readonly Site[]
  readonly now?: () => number
  readonly limits?: Partial<PublisherLimits>
  readonly perAddress?: Rate
  readonly perSite?: Rate
  /** The address every request comes from. */
  readonly address?: string
}

export function testEdge(options: TestEdgeOptions = {}) {
  const { now = () => TEST_NOW, sites = FRESH, perAddress, perSite } = options
  const sink = memorySink()
  const directory = new Directory(sites)
  const stats = new EdgeStats()
  const newId = idSequence()
  const rejected: Rejection[] = []
  const failures: unknown[] = []
  const rejections = new RejectionReporter({
    now,
    newId,
    send: async (lines) => {
      rejected.push(...lines.map((line) => JSON.parse(line) as Rejection))
    },
  })
  const judge: Judge = {
    findSite: (key, domains) => directory.find(key, domains),
    dayOf: dayOfSite(),
    describe: userAgentReader(),
    countryOf: (address) => (address.startsWith('203.0.113.') ? 'NZ' : undefined),
    keepAddress: addressKeeper('test'),
    now,
    newId,
  }
  const app = edgeApp({
    judge,
    stats,
    rejections,
    publisher: new Publisher(sink, { ...LIMITS, ...options.limits }),
    gate: new Gate({ perAddress, perSite, exempt: networks(['127.0.0.1']), now }),
    recent: new RecentIds(100),
    partitions: 1,
    addressOf: () => options.address,
    siteOfServerKey: (key) => directory.siteOfServerKey(key),
    isReady: () => sink.ready,
    mayReadMetrics: (address) => address === '127.0.0.1',
    onFailure: (error) => failures.push(error),
    metrics: async () => 'rtpx_edge_queue_up 1\n',
  })
  return {
    sink,
    stats,
    /** Judges as its routes do. */
    judge,
    /** What no route foresaw. */
    failures,
    /** Sends a request through the real routes. */
    send: (path: string, init?: RequestInit): Promise<Response> =>
      Promise.resolve(app.handle(new Request(`http://localhost${path}`, init))),
    /** The events that were made durable, in order of arrival: the queue has one partition. */
    events: (): Event[] =>
      sink.batches.flatMap((batch) => linesOf(batch).map((line) => JSON.parse(line) as Event)),
    /** What was refused and reported. */
    async rejected(): Promise<Rejection[]> {
      await rejections.flush()
      return rejected
    },
  }
}

/** Ids that look like UUIDv7s, one after the other. */
function idSequence(): () => string {
  let ids = 0
  return () => {
    ids += 1
    return `01a1fc90-0000-7000-8000-${String(ids).padStart(12, '0')}`
  }
}
