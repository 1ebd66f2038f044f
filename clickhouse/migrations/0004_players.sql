-- The lifecycle of each player, written by the aggregator from player_days. A change is a new row; the newest counts.

CREATE TABLE IF NOT EXISTS players_log
(
  site_id         LowCardinality(String) COMMENT 'The registered site',
  player_id       String COMMENT 'The player',
  first_seen      DateTime64(3, 'UTC') COMMENT 'First event of any type',
  last_event_at   DateTime64(3, 'UTC') COMMENT 'Most recent event of any type',
  registration_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First registration; NULL before it',
  deposit_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'First deposit; NULL before it',
  total_deposits  UInt32 COMMENT 'Number of distinct deposits',
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
  total_deposits  UInt32 COMMENT 'Number of distinct deposits',
  stage           String COMMENT 'visitor, registered, depositor or dormant',
  banner_tag      String COMMENT 'Banner of the first event that carried one: the acquiring banner',
  updated_at      DateTime64(3, 'UTC') COMMENT 'When the aggregator last changed the row'
)
AS SELECT
  site_id, player_id, first_seen, last_event_at, registration_at, deposit_at, total_deposits, stage, banner_tag, updated_at
FROM players_log FINAL;
