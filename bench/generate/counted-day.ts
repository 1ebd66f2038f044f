/** A generated day as its counts alone: the plain rows that the aggregator leaves of a closed day, without its events. */
import { generatedDay, type Population } from './events.ts'

/**
 * An INSERT of a day's counts, with the note that it is closed. They are what `count-days` and `close-days` make of its events: credits by
 * banner and quarter of an hour of the player's first event, players and events by banner; in some rows fewer, for all is counted at
 * once. Parameters: those of `generatedDay`, for a whole day.
 */
export const insertCountedDay = (population: Population): string => `
  INSERT INTO day_counts_log
    (site_id, event_date, event_type, banner_tag, quarter, recorded_at, reason, count, players, events)
  SELECT 'default', {day:Date}, event_type, tupleElement(part, 1) AS tag, tupleElement(part, 2) AS quarter, now64(3, 'UTC'), 'close',
    sum(tupleElement(part, 3)), sum(tupleElement(part, 4)), sum(tupleElement(part, 5))
  FROM
  (
    SELECT '' AS event_type, tuple('', toDateTime(0, 'UTC'), toInt64(0), toInt64(0), toInt64(0)) AS part
    UNION ALL
    SELECT event_type, arrayJoin(arrayConcat(
      [tuple(credited, toStartOfFifteenMinutes(toDateTime(first_at, 'UTC')), toInt64(1), toInt64(0), toInt64(0))],
      arrayMap(banner -> tuple(tupleElement(banner, 1), toDateTime(0, 'UTC'), toInt64(0), toInt64(1), tupleElement(banner, 2)), banners))) AS part
    FROM
    (
      SELECT
        event_type, player_id, min(first_at) AS first_at, argMin(banner_tag, banner_first) AS credited,
        groupArray(tuple(banner_tag, banner_events)) AS banners
      FROM
      (
        SELECT event_type, player_id, banner_tag, min(occurred_at) AS first_at, first_at AS banner_first, toInt64(count()) AS banner_events
        FROM (${generatedDay(population)})
        GROUP BY event_type, player_id, banner_tag
      )
      GROUP BY event_type, player_id
    )
  )
  GROUP BY event_type, tag, quarter
  SETTINGS min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0, max_insert_threads = 1`
