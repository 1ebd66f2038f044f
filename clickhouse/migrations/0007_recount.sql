-- What a recount found: each row of a derived table that was not as the raw events say. No rows for a recount mean no differences.

CREATE TABLE IF NOT EXISTS recount_differences
(
  recounted_at DateTime64(3, 'UTC') COMMENT 'When the recount began',
  site_id      LowCardinality(String) COMMENT 'The registered site',
  event_date   Date COMMENT 'The day that was counted again, in the time zone of the site',
  derived      LowCardinality(String) COMMENT 'The derived table',
  key          String COMMENT 'The columns that name the row, as JSON',
  expected     String COMMENT 'The row as the events say, as JSON; empty when there should be none',
  stored       String COMMENT 'The row as it was, as JSON; empty when there was none',
  repaired     Bool COMMENT 'A correction was written right after'
)
ENGINE = MergeTree
ORDER BY (recounted_at, site_id, event_date, derived, key)
TTL toDateTime(recounted_at) + INTERVAL 400 DAY
COMMENT 'Differences between the derived tables and the raw events, as the job recount found them';
