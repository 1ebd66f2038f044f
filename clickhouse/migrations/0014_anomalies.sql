-- What is usual and what is not. Traffic by minute as sets of event ids (redelivery changes nothing, their size is bounded),
-- folded into plain counts of five minutes; from those, hour by hour, what is expected; and the findings of the job `anomalies`.

CREATE TABLE IF NOT EXISTS traffic_minutes
(
  minute          DateTime('UTC') COMMENT 'Minute of occurred_at',
  site_id         LowCardinality(String) COMMENT 'The registered site',
  event_type      LowCardinality(String) COMMENT 'Type of the events',
  banner_tag      LowCardinality(String) COMMENT 'Banner of the events; empty without one',
  events          AggregateFunction(uniqCombined64(14), UUID)
                  COMMENT 'The events that are no known bot''s: exact while few, within 1 % when thousands, 12 KB at most',
  last_created_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When the edge took the newest of them, bots included',
  changed_at      SimpleAggregateFunction(max, DateTime('UTC')) COMMENT 'When an event last touched the row',
  INDEX changed_at_range changed_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
ORDER BY (minute, site_id, event_type, banner_tag)
TTL changed_at + INTERVAL 3 DAY
COMMENT 'Traffic by minute, for three days after the last change; may stand in several parts, so GROUP BY its key';

CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_traffic_minutes TO traffic_minutes AS
SELECT
  toStartOfMinute(occurred_at) AS minute,
  site_id,
  event_type,
  banner_tag,
  uniqCombined64StateIf(14)(event_id, NOT is_bot) AS events,
  max(created_at) AS last_created_at,
  max(now('UTC')) AS changed_at
FROM facts_incoming
GROUP BY minute, site_id, event_type, banner_tag;

CREATE TABLE IF NOT EXISTS traffic_slots
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  starts_at  DateTime('UTC') COMMENT 'Start of the five minutes',
  event_type LowCardinality(String) COMMENT 'Type of the events',
  banner_tag LowCardinality(String) COMMENT 'Banner of the events; empty without one',
  count      SimpleAggregateFunction(max, UInt64) COMMENT 'Distinct events that are no known bot''s; only ever grows, so folding again changes nothing'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, starts_at, event_type, banner_tag)
TTL starts_at + INTERVAL 70 DAY
COMMENT 'Traffic by five minutes, folded from traffic_minutes by the job `anomalies`; read it with FINAL';

CREATE TABLE IF NOT EXISTS traffic_forecasts
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  hour       DateTime('UTC') COMMENT 'Start of the hour',
  event_type LowCardinality(String) COMMENT 'Type of the events; empty for all types',
  banner_tag LowCardinality(String) COMMENT 'Banner of the events; empty for all banners',
  expected   Array(Float32) COMMENT 'Events expected in each five minutes of the hour',
  base       Float32 COMMENT 'Events usual in this hour of the week, before the recent level',
  level      Float32 COMMENT 'The last day''s traffic against what was usual; 1 is as usual',
  dispersion Float32 COMMENT 'Variance of the rate around what is expected, relative to its square; 0 would be Poisson',
  clustering Float32 COMMENT 'Variance of a short count relative to its mean: 1 when events come alone, more when in sessions',
  weeks      UInt8 COMMENT 'Earlier weeks the hour is known from, 1 to 4',
  made_at    DateTime64(3, 'UTC') COMMENT 'When this version was made'
)
ENGINE = ReplacingMergeTree(made_at)
ORDER BY (site_id, hour, event_type, banner_tag)
TTL hour + INTERVAL 70 DAY
COMMENT 'What is expected, for each site, type and banner with enough traffic; read it with FINAL';

CREATE TABLE IF NOT EXISTS anomalies_log
(
  finding_id     UUID COMMENT 'Identity of the finding: the same while it lasts',
  kind           LowCardinality(String) COMMENT 'silence, broken_pixel, drop, spike, ingestion_stopped, or not_running (rtpx itself; not judged)',
  site_id        LowCardinality(String) COMMENT 'The site; empty for all sites',
  event_type     LowCardinality(String) COMMENT 'Type of the events; empty for all types',
  banner_tag     LowCardinality(String) COMMENT 'Banner of the events; empty for all banners',
  since          DateTime64(3, 'UTC') COMMENT 'Since when traffic is not as expected',
  opened_at      DateTime64(3, 'UTC') COMMENT 'When the job found it',
  updated_at     DateTime64(3, 'UTC') COMMENT 'When the job last looked at it',
  closed_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'When traffic was as expected again; NULL while open',
  expected       Float64 COMMENT 'Events expected since then, over the last day of it at most',
  seen           UInt64 COMMENT 'Events seen in the same time',
  score          Float64 COMMENT 'How unlikely this is by chance: -ln of the probability; the highest so far',
  threshold      Float64 COMMENT 'The score a finding of this kind needed when it opened',
  judged         String COMMENT 'How it was judged, in words'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY finding_id
COMMENT 'Every version of every finding about traffic; query `anomalies`';

CREATE VIEW IF NOT EXISTS anomalies
(
  finding_id     UUID COMMENT 'Identity of the finding: the same while it lasts',
  kind           String COMMENT 'silence, broken_pixel, drop, spike, ingestion_stopped, or not_running (rtpx itself; not judged)',
  site_id        String COMMENT 'The site; empty for all sites',
  event_type     String COMMENT 'Type of the events; empty for all types',
  banner_tag     String COMMENT 'Banner of the events; empty for all banners',
  since          DateTime64(3, 'UTC') COMMENT 'Since when traffic is not as expected',
  opened_at      DateTime64(3, 'UTC') COMMENT 'When the job found it',
  updated_at     DateTime64(3, 'UTC') COMMENT 'When the job last looked at it',
  closed_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'When traffic was as expected again; NULL while open',
  expected       Float64 COMMENT 'Events expected since then, over the last day of it at most',
  seen           UInt64 COMMENT 'Events seen in the same time',
  score          Float64 COMMENT 'How unlikely this is by chance: -ln of the probability; the highest so far',
  threshold      Float64 COMMENT 'The score a finding of this kind needed when it opened',
  judged         String COMMENT 'How it was judged, in words'
)
AS SELECT
  finding_id, kind, site_id, event_type, banner_tag, since, opened_at, updated_at, closed_at, expected, seen, score, threshold, judged
FROM anomalies_log FINAL;
