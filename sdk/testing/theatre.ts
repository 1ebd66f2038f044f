/** One Chromium for a file of tests, and for each test an edge and a site of its own. */
import { afterAll, afterEach, beforeAll, setDefaultTimeout } from 'bun:test'
import type { Browser } from 'playwright-core'
import { type EdgeOfStage, type Html, launchBrowser, openStage, type Stage } from './stage.ts'

/** What was accepted, as the edge's tests have it. */
export interface TestEdge extends EdgeOfStage {
  events(): Seen[]
}

/** An accepted event: the fields tests look at. */
export interface Seen {
  readonly event_id: string
  readonly event_type: string
  readonly occurred_at: number
  readonly path?: string
  readonly session_id?: string
  readonly visitor_id?: string
  readonly player_id?: string
  readonly referrer?: string
  readonly metadata?: string
}

/** @param newEdge the real edge with memory for a queue, from its own tests; passed in because `sdk` imports nothing of ours */
export function theatre<Edge extends TestEdge>(newEdge: () => Edge) {
  let browser: Browser
  const stages: Stage[] = []
  setDefaultTimeout(60_000)
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close()
  })
  afterAll(() => browser.close())

  return async (pages: Record<string, Html>) => {
    const edge = newEdge()
    const stage = await openStage(browser, edge, pages)
    stages.push(stage)
    /** What arrived, in order of time; a session's start before what started it. */
    const events = () =>
      edge
        .events()
        .toSorted(
          (a, b) =>
            a.occurred_at - b.occurred_at ||
            Number(b.event_type === 'session_start') - Number(a.event_type === 'session_start'),
        )
    return {
      ...stage,
      edge,
      events,
      /** Types of what arrived but session starts. */
      types: () => events().flatMap(({ event_type: type }) => (type === 'session_start' ? [] : [type])),
      /** Paths of the page views. */
      views: () =>
        events().flatMap(({ event_type: type, path }) => (type === 'page_view' ? [path ?? ''] : [])),
    }
  }
}
