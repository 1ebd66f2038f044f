-- One player: where they were seen from, and what remains of them once they are erased: counts without identity, a mark by which their
-- events are known when they are delivered again, and a receipt.

ALTER TABLE fact_arrivals ADD COLUMN IF NOT EXISTS country LowCardinality(String) COMMENT 'ISO 3166 code from the address';
ALTER TABLE fact_arrivals ADD COLUMN IF NOT EXISTS device LowCardinality(String) COMMENT 'desktop, mobile, tablet, …';
ALTER TABLE fact_arrivals_taken ADD COLUMN IF NOT EXISTS country LowCardinality(String) COMMENT 'ISO 3166 code from the address';
ALTER TABLE fact_arrivals_taken ADD COLUMN IF NOT EXISTS device LowCardinality(String) COMMENT 'desktop, mobile, tablet, …';
ALTER TABLE facts_incoming ADD COLUMN IF NOT EXISTS country LowCardinality(String);
ALTER TABLE facts_incoming ADD COLUMN IF NOT EXISTS device LowCardinality(String);

-- Its query is changed in place: dropped and made again, it would miss what passes in between.
ALTER TABLE events_incoming_to_fact_arrivals MODIFY QUERY
SELECT
  event_id, site_id, event_type, player_id, banner_tag, visitor_id, occurred_at, created_at, event_date, amount, currency, transaction_id, is_bot,
  position(metadata, '"client_occurred_at"') > 0 AS was_clamped, country, device
FROM events_incoming
WHERE queue_error = '';

CREATE TABLE IF NOT EXISTS player_traits
(
  site_id   LowCardinality(String) COMMENT 'The registered site',
  player_id String COMMENT 'The player',
  country   LowCardinality(String) COMMENT 'ISO 3166 code of events that name the player; empty unknown',
  device    LowCardinality(String) COMMENT 'desktop, mobile, tablet, … of the same events; empty unknown',
  last_at   SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'occurred_at of the last such event'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, player_id, country, device)
SETTINGS index_granularity = 2048
COMMENT 'From where and with what each player came; may stand in several parts, so GROUP BY its key';

CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_player_traits TO player_traits AS
SELECT site_id, player_id, country, device, max(occurred_at) AS last_at
FROM facts_incoming
WHERE player_id != '' AND (country != '' OR device != '')
GROUP BY site_id, player_id, country, device;

-- What came before there was the view; the same again changes nothing.
INSERT INTO player_traits (site_id, player_id, country, device, last_at)
SELECT site_id, player_id, country, device, max(occurred_at)
FROM events_log
WHERE player_id != '' AND (country != '' OR device != '')
GROUP BY site_id, player_id, country, device
SETTINGS max_bytes_before_external_group_by = 500000000;

CREATE TABLE IF NOT EXISTS erasures_log
(
  erasure_id   UUID COMMENT 'Identity of the erasure',
  site_id      LowCardinality(String) COMMENT 'The registered site',
  subject_hash UUID COMMENT 'Hash of the player with the install''s salt: who knows the id can tell whose receipt this is',
  state        LowCardinality(String) COMMENT 'requested; planned: what to erase is known; erased: done',
  player_id    String COMMENT 'The player, until it is done; then empty',
  plan         String COMMENT 'What belongs to the player, as JSON, until it is done; then empty',
  requested_by String COMMENT 'Who asked for it',
  requested_at DateTime64(3, 'UTC') COMMENT 'When',
  erased_at    Nullable(DateTime64(3, 'UTC')) COMMENT 'Events up to here never come back; NULL before it is planned',
  finished_at  Nullable(DateTime64(3, 'UTC')) COMMENT 'When everything was gone; NULL before',
  rows         Map(String, UInt64) COMMENT 'Rows erased, by table',
  updated_at   DateTime64(3, 'UTC') COMMENT 'When this version was written'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY erasure_id
COMMENT 'Erasures of players: the receipts; read it with FINAL';

CREATE TABLE IF NOT EXISTS erased_subjects
(
  subject_hash UUID COMMENT 'Hash of site and player or visitor with the install''s salt',
  erased_at    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Events up to here are theirs and are not taken again'
)
ENGINE = AggregatingMergeTree
ORDER BY subject_hash
COMMENT 'By what the events of the erased are known when they are delivered again';

CREATE TABLE IF NOT EXISTS erased_counts
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_date Date COMMENT 'Day in the time zone of the site',
  event_type LowCardinality(String) COMMENT 'Type of the events',
  banner_tag LowCardinality(String) COMMENT 'Banner that is credited',
  quarter    DateTime('UTC') COMMENT 'Quarter of an hour of the first event; 1970 for players and events',
  slot       UInt64 COMMENT 'Tells erasures of the same quarter apart; made with a salt that is not kept',
  count      SimpleAggregateFunction(max, Int64) COMMENT 'Players credited to the banner whose events are erased',
  players    SimpleAggregateFunction(max, Int64) COMMENT 'Erased players with an event of the banner',
  events     SimpleAggregateFunction(max, Int64) COMMENT 'Erased events of the banner'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, event_date, event_type, banner_tag, quarter, slot)
COMMENT 'What the erased counted for, without them: a day is counted again from its events and this; read it with FINAL';

CREATE TABLE IF NOT EXISTS erased_returns
(
  returned_at DateTime64(3, 'UTC') COMMENT 'When the event of an erased player was delivered again',
  site_id     LowCardinality(String) COMMENT 'The registered site',
  event_date  Date COMMENT 'Day of the event in the time zone of the site',
  event_type  LowCardinality(String) COMMENT 'Type of the event',
  event_id    UUID COMMENT 'The event'
)
ENGINE = MergeTree
ORDER BY returned_at
TTL toDateTime(returned_at) + INTERVAL 1 DAY
COMMENT 'Events of the erased that came again, to be deleted once more a little later: a block may be visible after it was looked for';

CREATE TABLE IF NOT EXISTS erasure_salts
(
  name LowCardinality(String) COMMENT 'Always: install',
  salt String COMMENT 'What is hashed with every id',
  made_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When'
)
ENGINE = MergeTree
ORDER BY name
COMMENT 'The salt of the hashes of the erased: the first one counts';

INSERT INTO erasure_salts (name, salt)
SELECT 'install', concat(toString(generateUUIDv4()), toString(generateUUIDv4()))
WHERE (SELECT count() FROM erasure_salts) = 0;
