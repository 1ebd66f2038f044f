-- The lifecycle of each player. The tables of facts collect, as events arrive, what a lifecycle is told from: minima, maxima and
-- sets only, so redelivery and order change nothing, and raw events may go. The aggregator turns them into rows of players.
-- An anonymous visitor belongs to the first player (by occurred_at, then player_id) whom an event names together with the
-- visitor: that player's lifecycle takes in what the visitor did before, and does later, without a name.
-- The views group by numbers and plain texts only: a minimum of tuples costs ten times as much a row.

CREATE TABLE IF NOT EXISTS player_facts
(
  site_id        LowCardinality(String) COMMENT 'The registered site',
  player_id      String COMMENT 'The player',
  first_at       SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'occurred_at of the first event',
  last_at        SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'occurred_at of the last event',
  first_visit_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'occurred_at of the first visit; in 2299 when there is none',
  active_days    SimpleAggregateFunction(groupUniqArrayArray, Array(Date)) COMMENT 'Days (UTC) with an event'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, player_id)
SETTINGS index_granularity = 2048
COMMENT 'One row per player; may stand in several parts, so GROUP BY its key';

CREATE TABLE IF NOT EXISTS player_conversions
(
  site_id            LowCardinality(String) COMMENT 'The registered site',
  player_id          String COMMENT 'The player',
  first_registration SimpleAggregateFunction(min, Tuple(occurred_at DateTime64(3, 'UTC'), event_id UUID, banner_tag String))
                     COMMENT 'The first registration (ties by event_id); in 2299 when there is none',
  first_deposit      SimpleAggregateFunction(min, Tuple(occurred_at DateTime64(3, 'UTC'), event_id UUID, banner_tag String))
                     COMMENT 'The first deposit (ties by event_id); in 2299 when there is none'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, player_id)
SETTINGS index_granularity = 1024
COMMENT 'One row per player who registered or deposited; may stand in several parts, so GROUP BY its key';

CREATE TABLE IF NOT EXISTS visitor_facts
(
  site_id     LowCardinality(String) COMMENT 'The registered site',
  visitor_id  String COMMENT 'The anonymous first-party visitor',
  first_at    SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'occurred_at of the first event without a player',
  last_at     SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'occurred_at of the last event without a player',
  active_days SimpleAggregateFunction(groupUniqArrayArray, Array(Date)) COMMENT 'Days (UTC) with an event without a player'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, visitor_id)
SETTINGS index_granularity = 2048
COMMENT 'What visitors did without a name, one row each; may stand in several parts, so GROUP BY its key';

CREATE TABLE IF NOT EXISTS visitor_players
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  visitor_id String COMMENT 'The anonymous first-party visitor',
  player_id  String COMMENT 'A player named together with the visitor',
  named_at   SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'occurred_at of the first event that names both: the earliest owns the visitor'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, visitor_id, player_id)
SETTINGS index_granularity = 2048
COMMENT 'Players by visitor';

CREATE TABLE IF NOT EXISTS player_visitors
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  player_id  String COMMENT 'The player',
  visitor_id String COMMENT 'A visitor named together with the player: the player may own it'
)
ENGINE = ReplacingMergeTree
ORDER BY (site_id, player_id, visitor_id)
SETTINGS index_granularity = 2048
COMMENT 'Visitors by player';

CREATE TABLE IF NOT EXISTS player_touches
(
  site_id     LowCardinality(String) COMMENT 'The registered site',
  player_id   String COMMENT 'The player; empty while anonymous',
  visitor_id  String COMMENT 'The anonymous visitor; empty when the player is known',
  occurred_at DateTime64(3, 'UTC') COMMENT 'When the event happened',
  banner_tag  LowCardinality(String) COMMENT 'The banner it carried',
  event_date  Date COMMENT 'Day of the event in the time zone of the site',
  converts    Bool COMMENT 'A registration, deposit or purchase: it carries the banner the brand remembers, not one just seen',
  event_id    SimpleAggregateFunction(min, UUID) COMMENT 'The event'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, player_id, visitor_id, occurred_at, banner_tag, event_date, converts)
SETTINGS index_granularity = 1024
COMMENT 'Every time a banner reached a player or visitor, by whom';

CREATE TABLE IF NOT EXISTS player_changes
(
  changed_at DateTime64(3, 'UTC') COMMENT 'When the events arrived',
  site_id    LowCardinality(String) COMMENT 'The registered site',
  player_id  String COMMENT 'The player whose facts changed; empty when it is a visitor',
  visitor_id String COMMENT 'The visitor whose facts changed; empty when it is a player'
)
ENGINE = MergeTree
PARTITION BY toStartOfHour(changed_at)
ORDER BY (changed_at, site_id, player_id, visitor_id)
TTL toDateTime(changed_at) + INTERVAL 6 HOUR
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Who changed lately, by time, so that nobody has to look through all players; a reader who was away for longer looks at all';

-- Views on tables of facts come before the views that fill those, so that nothing passes while only some of them are there.
CREATE MATERIALIZED VIEW IF NOT EXISTS player_facts_to_changes TO player_changes AS
SELECT DISTINCT now64(3, 'UTC') AS changed_at, site_id, player_id, '' AS visitor_id
FROM player_facts;

CREATE MATERIALIZED VIEW IF NOT EXISTS visitor_facts_to_changes TO player_changes AS
SELECT DISTINCT now64(3, 'UTC') AS changed_at, site_id, '' AS player_id, visitor_id
FROM visitor_facts;

CREATE MATERIALIZED VIEW IF NOT EXISTS visitor_players_to_changes TO player_changes AS
SELECT DISTINCT now64(3, 'UTC') AS changed_at, site_id, '' AS player_id, visitor_id
FROM visitor_players;

CREATE MATERIALIZED VIEW IF NOT EXISTS visitor_players_to_player_visitors TO player_visitors AS
SELECT site_id, player_id, visitor_id
FROM visitor_players;

CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_player_facts TO player_facts AS
SELECT
  site_id,
  player_id,
  min(occurred_at) AS first_at,
  max(occurred_at) AS last_at,
  min(if(event_type = 'visit', occurred_at, toDateTime64('2299-12-31 00:00:00', 3, 'UTC'))) AS first_visit_at,
  [toDate(occurred_at)] AS active_days
FROM facts_incoming
WHERE player_id != ''
GROUP BY site_id, player_id, toDate(occurred_at);

CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_player_conversions TO player_conversions AS
WITH tuple(toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), toUUID('00000000-0000-0000-0000-000000000000'), '') AS none
SELECT
  site_id,
  player_id,
  if(event_type = 'registration', tuple(occurred_at, event_id, toString(banner_tag)), none) AS first_registration,
  if(event_type = 'deposit', tuple(occurred_at, event_id, toString(banner_tag)), none) AS first_deposit
FROM facts_incoming
WHERE event_type IN ('registration', 'deposit') AND player_id != '';

CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_visitor_facts TO visitor_facts AS
SELECT
  site_id,
  visitor_id,
  min(occurred_at) AS first_at,
  max(occurred_at) AS last_at,
  [toDate(occurred_at)] AS active_days
FROM facts_incoming
WHERE player_id = '' AND visitor_id != ''
GROUP BY site_id, visitor_id, toDate(occurred_at);

CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_visitor_players TO visitor_players AS
SELECT site_id, visitor_id, player_id, min(occurred_at) AS named_at
FROM facts_incoming
WHERE player_id != '' AND visitor_id != ''
GROUP BY site_id, visitor_id, player_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_player_touches TO player_touches AS
SELECT
  site_id,
  player_id,
  if(player_id = '', visitor_id, '') AS visitor_id,
  occurred_at,
  banner_tag,
  event_date,
  event_type IN ('registration', 'deposit', 'purchase') AS converts,
  event_id
FROM facts_incoming
WHERE banner_tag != '' AND (player_id != '' OR facts_incoming.visitor_id != '');

CREATE TABLE IF NOT EXISTS player_work
(
  run       Int64 COMMENT 'The run: when it began, in milliseconds since 1970, and a number drawn at random below',
  site_id   LowCardinality(String) COMMENT 'The registered site',
  player_id String COMMENT 'The player to look at'
)
ENGINE = ReplacingMergeTree
PARTITION BY run
ORDER BY (site_id, player_id)
COMMENT 'Whom a run of a job still looks at; emptied at its end';

CREATE TABLE IF NOT EXISTS player_rules
(
  rule               LowCardinality(String) DEFAULT 'dormant' COMMENT 'Name of the rule',
  dormant_after_days UInt32 COMMENT 'Whole days (UTC) without an event after which a player is dormant',
  set_at             DateTime64(3, 'UTC') COMMENT 'When players were brought in line with it'
)
ENGINE = ReplacingMergeTree(set_at)
ORDER BY rule
COMMENT 'What the aggregator was configured with when it last looked at all players';

CREATE TABLE IF NOT EXISTS players_log
(
  site_id               LowCardinality(String) COMMENT 'The registered site',
  player_id             String COMMENT 'The player',
  first_seen            DateTime64(3, 'UTC') COMMENT 'First event of any type, anonymous visits of the player included',
  last_event_at         DateTime64(3, 'UTC') COMMENT 'Most recent event of any type',
  registration_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'First registration; NULL before it',
  deposit_at            Nullable(DateTime64(3, 'UTC')) COMMENT 'First deposit; NULL before it',
  total_deposits        UInt64 COMMENT 'Number of distinct deposits that count for the player',
  amounts               Map(LowCardinality(String), Decimal(38, 8)) COMMENT 'Deposited amount by currency, exact',
  stage                 LowCardinality(String) COMMENT 'visitor, registered or depositor',
  banner_tag            String COMMENT 'The acquiring banner: of the first event that carried one',
  converting_banner_tag String COMMENT 'The converting banner; empty before a registration or deposit',
  reactivated_at        Nullable(Date) COMMENT 'Day (UTC) the player last came back after being dormant; NULL when never',
  state_hash            UInt64 COMMENT 'Hash of all of the above, to see whether a row would change',
  updated_at            DateTime64(3, 'UTC') COMMENT 'Start of the run that wrote this version'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (site_id, player_id)
SETTINGS index_granularity = 2048
COMMENT 'Every version of every player; query `players`';

CREATE VIEW IF NOT EXISTS players
(
  site_id               String COMMENT 'The registered site',
  player_id             String COMMENT 'The player',
  first_seen            DateTime64(3, 'UTC') COMMENT 'First event of any type, anonymous visits of the player included',
  last_event_at         DateTime64(3, 'UTC') COMMENT 'Most recent event of any type',
  registration_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'First registration; NULL before it',
  deposit_at            Nullable(DateTime64(3, 'UTC')) COMMENT 'First deposit; NULL before it',
  total_deposits        UInt64 COMMENT 'Number of distinct deposits that count for the player',
  amounts               Map(LowCardinality(String), Decimal(38, 8)) COMMENT 'Deposited amount by currency, exact',
  stage                 String COMMENT 'visitor, registered, depositor; or dormant after DORMANT_AFTER_DAYS whole days (UTC) without an event',
  reactivated_at        Nullable(Date) COMMENT 'Day (UTC) the player last came back after being dormant; NULL when never',
  banner_tag            String COMMENT 'The acquiring banner: of the first event that carried one',
  converting_banner_tag String COMMENT 'The converting banner: the last one seen before or at the first deposit, else the registration; without any, the one that event carried',
  days_to_registration  Nullable(Int64) COMMENT 'Whole days of 24 hours from first_seen to registration_at',
  days_to_deposit       Nullable(Int64) COMMENT 'Whole days of 24 hours from first_seen to deposit_at',
  updated_at            DateTime64(3, 'UTC') COMMENT 'When the aggregator last changed the row'
)
AS WITH (SELECT max(dormant_after_days) FROM player_rules FINAL) AS dormant_after_days
SELECT
  site_id, player_id, first_seen, last_event_at, registration_at, deposit_at, total_deposits, amounts,
  if(dormant_after_days > 0 AND toDate(now('UTC')) - toDate(last_event_at) > dormant_after_days, 'dormant', toString(stage)) AS stage,
  reactivated_at, banner_tag, converting_banner_tag,
  intDiv(toUnixTimestamp64Milli(registration_at) - toUnixTimestamp64Milli(first_seen), 86400000) AS days_to_registration,
  intDiv(toUnixTimestamp64Milli(deposit_at) - toUnixTimestamp64Milli(first_seen), 86400000) AS days_to_deposit,
  updated_at
FROM players_log FINAL;
