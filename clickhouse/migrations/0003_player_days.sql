-- Once a day per type: one row per site, day, type and player, built only from minima, maxima and sets, so that the
-- same event arriving again changes nothing. daily_metrics and event_summary are read from it.

CREATE TABLE IF NOT EXISTS player_days
(
  site_id       LowCardinality(String) COMMENT 'The registered site',
  event_date    Date COMMENT 'Day in the time zone of the site',
  event_type    LowCardinality(String) COMMENT 'Type of the events',
  player_id     String COMMENT 'The player; empty while anonymous',
  anonymous_id  String COMMENT 'Who an event without player counts for: its visitor_id, else the event itself',
  first_event   SimpleAggregateFunction(min, Tuple(occurred_at DateTime64(3, 'UTC'), event_id UUID, banner_tag String))
                COMMENT 'The first event of the day (ties by event_id) and the banner it credits',
  last_event_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'occurred_at of the last event of the day',
  deposit_ids   SimpleAggregateFunction(groupUniqArrayArray, Array(String))
                COMMENT 'The deposits of the day: transaction_id, or event_id without one',
  changed_at    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When an event last touched the row',
  INDEX changed_at_range changed_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(event_date)
ORDER BY (site_id, event_date, event_type, player_id, anonymous_id)
COMMENT 'One row per site, day, type and player; may stand in several parts, so GROUP BY its key: FINAL does not merge the fields of first_event one by one';

CREATE MATERIALIZED VIEW IF NOT EXISTS events_incoming_to_player_days TO player_days AS
SELECT
  site_id,
  event_date,
  event_type,
  player_id,
  multiIf(player_id != '', '', visitor_id != '', visitor_id, toString(event_id)) AS anonymous_id,
  min(tuple(occurred_at, event_id, toString(banner_tag))) AS first_event,
  max(occurred_at) AS last_event_at,
  groupUniqArrayIf(if(transaction_id != '', transaction_id, toString(event_id)), event_type = 'deposit') AS deposit_ids,
  max(now64(3, 'UTC')) AS changed_at
FROM events_incoming
WHERE queue_error = ''
GROUP BY site_id, event_date, event_type, player_id, anonymous_id;

CREATE VIEW IF NOT EXISTS daily_metrics
(
  site_id    String COMMENT 'The registered site',
  event_date Date COMMENT 'Day of the events in the time zone of the site',
  event_type String COMMENT 'visit, registration, deposit, …',
  count      UInt64 COMMENT 'Players with at least one such event that day, each counted once'
)
AS SELECT site_id, event_date, event_type, count() AS count
FROM player_days FINAL
GROUP BY site_id, event_date, event_type;

CREATE VIEW IF NOT EXISTS event_summary
(
  site_id    String COMMENT 'The registered site',
  event_date Date COMMENT 'Day of the events in the time zone of the site',
  event_type String COMMENT 'visit, registration, deposit, …',
  banner_tag String COMMENT 'Banner of the first such event of the player on that day',
  count      UInt64 COMMENT 'Players credited to the banner; the banners of a day add up to daily_metrics'
)
-- identity: read as a subcolumn, first_event.banner_tag would come from any part instead of from the merged minimum.
AS SELECT site_id, event_date, event_type, tupleElement(identity(first_event), 'banner_tag') AS banner_tag, count() AS count
FROM player_days FINAL
GROUP BY site_id, event_date, event_type, banner_tag;
