/**
 * The canary: an event of rtpx's own that goes the whole way once a minute, so that somebody notices when the way is broken or slow. It is
 * of no site, and the door keeps it apart from the events: it counts in nobody's numbers.
 */

/** The site it names; no site can have this id, because it is not registered. */
export const CANARY_SITE = '_canary'

/** What stands in `queue_error` of a canary, as `clickhouse/queue.sql` writes it. */
export const CANARY_MARK = 'canary'
