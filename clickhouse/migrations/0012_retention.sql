-- What retention has deleted: noted before it is deleted, so that nothing is computed again from what is left of a day.

CREATE TABLE IF NOT EXISTS retention_cuts
(
  subject    LowCardinality(String) COMMENT 'What was deleted: events, page_hours, sessions or rejected_events',
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_date Date COMMENT 'The day whose rows were deleted',
  rows       UInt64 COMMENT 'Rows there were; the latest time when late ones came after the first',
  cut_at     DateTime64(3, 'UTC') COMMENT 'When they were deleted'
)
ENGINE = ReplacingMergeTree(cut_at)
ORDER BY (subject, site_id, event_date)
COMMENT 'Days whose rows retention has deleted';
