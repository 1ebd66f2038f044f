-- On which days players came back: what cohorts are told from. Days in the time zone of the site, as sets and minima, so that redelivery and
-- order change nothing, and the raw events may go. What a visitor did without a name goes to the player who owns the visitor, when asked.

CREATE TABLE IF NOT EXISTS player_activity
(
  site_id       LowCardinality(String) COMMENT 'The registered site',
  player_id     String COMMENT 'The player',
  active_days   SimpleAggregateFunction(groupUniqArrayArray, Array(Date)) COMMENT 'Days with an event of any type',
  visit_days    SimpleAggregateFunction(groupUniqArrayArray, Array(Date)) COMMENT 'Days with a visit',
  deposit_days  SimpleAggregateFunction(groupUniqArrayArray, Array(Date)) COMMENT 'Days with a deposit',
  registered_on SimpleAggregateFunction(min, Date) COMMENT 'Day of the first registration; in 2149 when there is none'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, player_id)
SETTINGS index_granularity = 2048
COMMENT 'One row per player; may stand in several parts, so GROUP BY its key';

CREATE TABLE IF NOT EXISTS visitor_activity
(
  site_id     LowCardinality(String) COMMENT 'The registered site',
  visitor_id  String COMMENT 'The anonymous first-party visitor',
  active_days SimpleAggregateFunction(groupUniqArrayArray, Array(Date)) COMMENT 'Days with an event without a player'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, visitor_id)
SETTINGS index_granularity = 2048
COMMENT 'What visitors did without a name, one row each; may stand in several parts, so GROUP BY its key';

CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_player_activity TO player_activity AS
SELECT
  site_id,
  player_id,
  [event_date] AS active_days,
  if(countIf(event_type = 'visit') > 0, [event_date], []) AS visit_days,
  if(countIf(event_type = 'deposit') > 0, [event_date], []) AS deposit_days,
  if(countIf(event_type = 'registration') > 0, event_date, toDate('2149-06-06')) AS registered_on
FROM facts_incoming
WHERE player_id != ''
GROUP BY site_id, player_id, event_date;

CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_visitor_activity TO visitor_activity AS
SELECT site_id, visitor_id, [event_date] AS active_days
FROM facts_incoming
WHERE player_id = '' AND visitor_id != ''
GROUP BY site_id, visitor_id, event_date;

-- What came before the views. Told twice, a day is the same day.
INSERT INTO player_activity (site_id, player_id, active_days, visit_days, deposit_days, registered_on)
SELECT
  site_id,
  player_id,
  [event_date],
  if(event_type = 'visit', [event_date], []),
  if(event_type = 'deposit', [event_date], []),
  if(event_type = 'registration', event_date, toDate('2149-06-06'))
FROM events_log
WHERE player_id != '';

INSERT INTO visitor_activity (site_id, visitor_id, active_days)
SELECT site_id, visitor_id, [event_date]
FROM events_log
WHERE player_id = '' AND visitor_id != '';
