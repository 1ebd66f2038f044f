/** An edge for tests: real routes and judging, memory for a queue, a clock and ids that the test sets. */
import type { Event } from '@rtpx/kafka/event'
import { edgeApp } from './app.ts'
import { Publisher, type PublisherLimits } from './batch/publisher.ts'
import { userAgentReader } from './clients/user-agent.ts'
import { memorySink } from './sinks/memory-sink.ts'
import { Directory } from './sites/directory.ts'
import { dayOfSite } from './sites/local-day.ts'
import { FRESH } from './sites/registry.ts'
import type { Site } from './sites/site.ts'

/** 2026-03-04 05:06:07.089 UTC. */
export const TEST_NOW = Date.UTC(2026, 2, 4, 5, 6, 7, 89)

const LIMITS: PublisherLimits = {
  lingerMs: 1,
  maxWrites: 4,
  maxBatchBytes: 65_536,
  maxPendingBytes: 1_048_576,
}

export function testEdge(
  options: { sites?: readonly Site[]; now?: number; limits?: Partial<PublisherLimits> } = {},
) {
  const sink = memorySink()
  const directory = new Directory(options.sites ?? FRESH)
  let ids = 0
  const app = edgeApp({
    publisher: new Publisher(sink, { ...LIMITS, ...options.limits }),
    partitions: 4,
    siteOfServerKey: (key) => directory.siteOfServerKey(key),
    isReady: () => sink.ready,
    judge: {
      findSite: (key, domains) => directory.find(key, domains),
      dayOf: dayOfSite(),
      describe: userAgentReader(),
      now: () => options.now ?? TEST_NOW,
      newId: () => {
        ids += 1
        return `01a1fc90-0000-7000-8000-${String(ids).padStart(12, '0')}`
      },
    },
  })
  return {
    sink,
    /** Sends a request through the real routes. */
    send: (path: string, init?: RequestInit): Promise<Response> =>
      Promise.resolve(app.handle(new Request(`http://localhost${path}`, init))),
    /** The events that were made durable, in order of arrival at each partition. */
    events: (): Event[] =>
      sink.batches.flatMap(({ lines }) => lines.map((line) => JSON.parse(line) as Event)),
  }
}
