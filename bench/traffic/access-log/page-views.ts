/**
 * The page views of a log, one a line, as a server sends them.
 *
 * - An event's id follows from the log's first line, the line's number and its bytes: the same line of the same log,
 *   wherever the file lies and whatever was added to it, is the same event.
 * - Every line is either an event or told to `onUnreadable`.
 */
import { eventIdOf } from '../event-ids.ts'
import { type LoggedRequest, parseLine } from './parse-line.ts'
import { type Line, MAX_LINE_BYTES, readLines } from './read-lines.ts'

export interface PageView {
  /** The event as JSON. */
  readonly json: string
  readonly line: number
  /** When the log has it, milliseconds since 1970. */
  readonly loggedAt: number
}

export interface PageViewOptions {
  /** What tells the log from others. */
  readonly log: string
  /** Makes the ids those of new events; '' for the log's own. */
  readonly run: string
  readonly site: string
  /** Host name of the pages; '' when not known. */
  readonly domain: string
  /** When the event is said to have happened, from when it was logged. */
  readonly occurredAt: (loggedAt: number) => number
  readonly onUnreadable: (line: number, reason: string) => void
}

/** @throws what reading the file throws */
export async function* pageViews(path: string, options: PageViewOptions): AsyncGenerator<PageView> {
  for await (const line of readLines(path)) {
    const request = line.bytes ? parseLine(line.bytes) : `longer than ${MAX_LINE_BYTES} bytes`
    if (typeof request === 'string') options.onUnreadable(line.number, request)
    else
      yield {
        json: JSON.stringify(eventOf(line, request, options)),
        line: line.number,
        loggedAt: request.time,
      }
  }
}

/** A body of `POST /api/events`; what is undefined stays away. */
function eventOf(
  line: Line,
  request: LoggedRequest,
  { log, run, site, domain, occurredAt }: PageViewOptions,
) {
  return {
    event_id: eventIdOf('access-log', run, log, line.number, line.bytes ?? ''),
    site_id: site,
    event_type: 'page_view',
    occurred_at: occurredAt(request.time),
    domain: domain || undefined,
    path: request.target,
    referrer: request.referrer,
    source_ip: request.address,
    user_agent: request.userAgent,
    metadata: { method: request.method, status: request.status },
  }
}
