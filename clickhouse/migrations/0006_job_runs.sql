-- The aggregator's diary: each run of each job and the watermark up to which its work is done. A job may run every second:
-- runs that found nothing to do are forgotten after two days, or finding a watermark would read millions of them.

CREATE TABLE IF NOT EXISTS job_runs
(
  job         LowCardinality(String) COMMENT 'Name of the job',
  started_at  DateTime64(3, 'UTC') COMMENT 'When the run began',
  finished_at DateTime64(3, 'UTC') COMMENT 'When the run ended',
  watermark   DateTime64(3, 'UTC') COMMENT 'Everything up to here is done; unchanged by a run that failed',
  rows        UInt64 COMMENT 'Rows the run wrote',
  error       String COMMENT 'Why the run failed; empty when it did not'
)
ENGINE = MergeTree
ORDER BY (job, finished_at)
TTL toDateTime(finished_at) + INTERVAL 2 DAY DELETE WHERE rows = 0 AND error = '',
  toDateTime(finished_at) + INTERVAL 90 DAY
COMMENT 'Runs of the aggregator’s jobs';
