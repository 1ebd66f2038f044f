/**
 * Ids that were made durable lately, so that a client's retry is answered without sending the event again.
 * Only an economy: what it forgets is sent again, and the tables count it once all the same.
 */
import { Generations } from './generations.ts'

export class RecentIds {
  private readonly ids: Generations<string, true>

  constructor(capacity = 50_000) {
    this.ids = new Generations(capacity)
  }

  has(siteId: string, eventId: string): boolean {
    return this.ids.get(`${siteId} ${eventId}`) === true
  }

  add(siteId: string, eventId: string): void {
    this.ids.set(`${siteId} ${eventId}`, true)
  }
}
