/**
 * Canary: an event of rtpx's own goes the whole way through each edge, and how long it takes is told. One that does not get through fails
 * the run, so that the alarm is there before anybody misses a number.
 */
import { type Flight, flyCanary } from '@rtpx/clickhouse/health/canary'
import type { Job, JobResult } from '../job.ts'

const PATIENCE_MS = 30_000

/** @param edges their addresses, as this process reaches them. @param told hears how each canary fared */
export function canaryJob(edges: readonly string[], told: (flight: Flight) => void = () => {}): Job {
  return {
    name: 'canary',
    async run(clickhouse): Promise<JobResult> {
      const sentAt = Date.now()
      const flights = await Promise.all(edges.map((edge) => flyCanary(clickhouse, edge, PATIENCE_MS)))
      for (const flight of flights) told(flight)
      const lost = flights.filter(({ delayMs }) => delayMs === undefined)
      if (lost.length > 0) throw new Error(lost.map(({ edge, error }) => `${edge}: ${error}`).join('; '))
      const lines = flights.map(({ edge, delayMs = 0 }) => `${edge}: ${Math.round(delayMs)} ms`)
      return { watermark: sentAt, rows: 0, lines }
    },
  }
}
