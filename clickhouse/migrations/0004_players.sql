-- The lifecycle of each player. player_facts collects, as events arrive, what a lifecycle is told from: minima, maxima and
-- sets only, so redelivery changes nothing. The aggregator turns it into rows of players; the newest version counts.

CREATE TABLE IF NOT EXISTS player_facts
(
  site_id       LowCardinality(String) COMMENT 'The registered site',
  player_id     String COMMENT 'The player',
  event_type    LowCardinality(String) COMMENT 'Type of the events',
  first_at      SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'occurred_at of the first such event',
  last_at       SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'occurred_at of the last such event',
  first_banner  SimpleAggregateFunction(min, Tuple(occurred_at DateTime64(3, 'UTC'), event_id UUID, banner_tag String))
                COMMENT 'The first such event with a banner (ties by event_id); in 2299 when none had one',
  deposit_ids   SimpleAggregateFunction(groupUniqArrayArray, Array(String))
                COMMENT 'Distinct deposits: transaction_id, or event_id without one',
  changed_at    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When an event last touched the row',
  INDEX changed_at_range changed_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, player_id, event_type)
COMMENT 'One row per player and type; may stand in several parts, so GROUP BY its key';

CREATE MATERIALIZED VIEW IF NOT EXISTS events_incoming_to_player_facts TO player_facts AS
SELECT
  site_id,
  player_id,
  event_type,
  min(occurred_at) AS first_at,
  max(occurred_at) AS last_at,
  min(if(banner_tag != '',
    tuple(occurred_at, event_id, toString(banner_tag)),
    tuple(toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), toUUID('00000000-0000-0000-0000-000000000000'), ''))) AS first_banner,
  groupUniqArrayIf(if(transaction_id != '', transaction_id, toString(event_id)), event_type = 'deposit') AS deposit_ids,
  max(now64(3, 'UTC')) AS changed_at
FROM events_incoming
WHERE queue_error = '' AND player_id != ''
GROUP BY site_id, player_id, event_type;

CREATE TABLE IF NOT EXISTS players_log
(
  site_id         LowCardinality(String) COMMENT 'The registered site',
  player_id       String COMMENT 'The player',
  first_seen      DateTime64(3, 'UTC') COMMENT 'First event of any type',
  last_event_at   DateTime64(3, 'UTC') COMMENT 'Most recent event of any type',
  registration_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First registration; NULL before it',
  deposit_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'First deposit; NULL before it',
  total_deposits  UInt64 COMMENT 'Number of distinct deposits',
  stage           LowCardinality(String) COMMENT 'visitor, registered, depositor or dormant',
  banner_tag      String COMMENT 'Banner of the first event that carried one: the acquiring banner',
  updated_at      DateTime64(3, 'UTC') COMMENT 'When the aggregator wrote this version'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (site_id, player_id)
COMMENT 'Every version of every player; query `players`';

CREATE VIEW IF NOT EXISTS players
(
  site_id         String COMMENT 'The registered site',
  player_id       String COMMENT 'The player',
  first_seen      DateTime64(3, 'UTC') COMMENT 'First event of any type',
  last_event_at   DateTime64(3, 'UTC') COMMENT 'Most recent event of any type',
  registration_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First registration; NULL before it',
  deposit_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'First deposit; NULL before it',
  total_deposits  UInt64 COMMENT 'Number of distinct deposits',
  stage           String COMMENT 'visitor, registered, depositor or dormant',
  banner_tag      String COMMENT 'Banner of the first event that carried one: the acquiring banner',
  updated_at      DateTime64(3, 'UTC') COMMENT 'When the aggregator last changed the row'
)
AS SELECT
  site_id, player_id, first_seen, last_event_at, registration_at, deposit_at, total_deposits, stage, banner_tag, updated_at
FROM players_log FINAL;
