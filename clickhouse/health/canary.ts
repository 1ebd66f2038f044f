/** A canary's way: sent through an edge, waited for in the tables. */
import type { ClickHouse } from '../client.ts'
import { canaryOf } from '../queries/health.ts'

const EDGE_MS = 5_000
const POLL_MS = 25

export interface SentCanary {
  readonly event_id: string
  /** When the edge took it, by its clock; milliseconds since 1970. */
  readonly created_at: number
}

/** What became of one canary. */
export interface Flight {
  readonly edge: string
  /** From the edge to where a query sees it, by this process's clock; ms. Absent: it did not arrive. */
  readonly delayMs?: number
  /** Why it did not. */
  readonly error?: string
}

/** @throws Error when the edge does not take it */
async function sendCanary(edge: string): Promise<SentCanary> {
  const response = await fetch(`${edge}/canary?via=${encodeURIComponent(edge)}`, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(EDGE_MS),
  })
  if (response.status === 404)
    throw new Error('the edge does not let this process ask: its METRICS_NETWORKS must hold this address')
  const answer = (await response.json()) as SentCanary & { detail?: string }
  if (!response.ok) throw new Error(answer.detail ?? `the edge answered ${response.status}`)
  return answer
}

/** Sends a canary through an edge and waits until a query sees it. Never throws: a failure is told. @param clock ms, only compared with itself */
export async function flyCanary(
  clickhouse: ClickHouse,
  edge: string,
  patienceMs: number,
  clock: () => number = () => performance.now(),
): Promise<Flight> {
  const sentAt = clock()
  try {
    const { event_id } = await sendCanary(edge)
    while (!(await canaryOf(clickhouse, event_id))) {
      if (clock() - sentAt > patienceMs)
        return { edge, error: `it did not arrive within ${Math.round(patienceMs / 1000)} s` }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    return { edge, delayMs: clock() - sentAt }
  } catch (error) {
    return { edge, error: error instanceof Error ? error.message : String(error) }
  }
}
