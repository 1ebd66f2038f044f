-- What does not add up, and what people said about it. The integrity job owns finding_states (does it hold, on what evidence),
-- people own finding_answers; `findings` is both put together, so that neither overwrites the other.

CREATE TABLE IF NOT EXISTS clock_skews
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_date Date COMMENT 'Day (UTC) the event arrived',
  subject    String COMMENT 'The player, else the visitor, else the event itself',
  worst      SimpleAggregateFunction(max, Tuple(skew_ms Int64, event_id UUID, occurred_at DateTime64(3, 'UTC'), created_at DateTime64(3, 'UTC')))
             COMMENT 'The event whose clock was farthest off (ties by event_id); ms',
  clamped_id SimpleAggregateFunction(max, UUID) COMMENT 'An event whose time was too far off to be believed; zero when none',
  changed_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When an event last touched the row',
  INDEX changed_at_range changed_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(event_date)
ORDER BY (site_id, event_date, subject)
TTL event_date + INTERVAL 90 DAY
COMMENT 'Clients whose clock is far off, once a day each: more than a minute ahead, or set back by the edge; or over a day late';

CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_clock_skews TO clock_skews AS
WITH toUnixTimestamp64Milli(created_at) - toUnixTimestamp64Milli(occurred_at) AS late_ms
SELECT
  site_id,
  toDate(created_at) AS event_date,
  multiIf(player_id != '', player_id, visitor_id != '', visitor_id, toString(event_id)) AS subject,
  max(tuple(abs(late_ms), event_id, occurred_at, created_at)) AS worst,
  max(if(was_clamped, event_id, toUUID('00000000-0000-0000-0000-000000000000'))) AS clamped_id,
  max(now64(3, 'UTC')) AS changed_at
FROM facts_incoming
WHERE (late_ms < -60000 OR late_ms > 86400000 OR was_clamped)
GROUP BY site_id, event_date, subject;

CREATE TABLE IF NOT EXISTS finding_states
(
  finding_id    UUID COMMENT 'Made from kind, site and subject (and day, where each day counts): the same finding has the same id whenever it is found',
  site_id       LowCardinality(String) COMMENT 'The registered site',
  kind          LowCardinality(String) COMMENT 'deposit_without_registration, registration_before_visit, two_banners, payment_conflict or clock_off',
  subject_type  LowCardinality(String) COMMENT 'player, deposit, purchase or client',
  subject       String COMMENT 'Whom or what it is about: a player_id, a transaction, a client',
  of_day        Date COMMENT 'The day, where each day is a finding of its own; else 1970-01-01',
  event_date    Date COMMENT 'The day of the event it is about',
  first_seen_at DateTime64(3, 'UTC') COMMENT 'When it was first found',
  evidence      String COMMENT 'What it rests on, with the event_ids, as JSON',
  holds         Bool COMMENT 'The evidence still says so',
  checked_at    DateTime64(3, 'UTC') COMMENT 'Start of the run that wrote this version'
)
ENGINE = ReplacingMergeTree(checked_at)
ORDER BY (site_id, kind, subject_type, subject, of_day)
TTL toDateTime(checked_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 1024
COMMENT 'Every version of what the integrity job found; query `findings`';

CREATE TABLE IF NOT EXISTS finding_answers
(
  finding_id  UUID COMMENT 'The finding',
  answer      LowCardinality(String) COMMENT 'resolved: put right; explained: right as it is, whatever comes; empty: taken back',
  note        String COMMENT 'Why, in words',
  answered_by String COMMENT 'Who said so',
  evidence    String COMMENT 'The evidence it was said of',
  answered_at DateTime64(3, 'UTC') COMMENT 'When'
)
ENGINE = ReplacingMergeTree(answered_at)
ORDER BY finding_id
COMMENT 'What people said about findings; the newest answer counts';

CREATE VIEW IF NOT EXISTS findings
(
  finding_id    UUID COMMENT 'Made from kind, site and subject (and day, where each day counts): the same finding has the same id whenever it is found',
  site_id       String COMMENT 'The registered site',
  kind          String COMMENT 'deposit_without_registration, registration_before_visit, two_banners, payment_conflict or clock_off',
  subject_type  String COMMENT 'player, deposit, purchase or client',
  subject       String COMMENT 'Whom or what it is about: a player_id, a transaction, a client',
  event_date    Date COMMENT 'The day of the event it is about',
  first_seen_at DateTime64(3, 'UTC') COMMENT 'When it was first found',
  evidence      String COMMENT 'What it rests on, with the event_ids, as JSON',
  status        String COMMENT 'open; resolved: no longer so, or put right and nothing new came since; explained',
  note          String COMMENT 'What was said about it',
  changed_by    String COMMENT 'Who said so; integrity when the evidence went away; empty while untouched',
  changed_at    DateTime64(3, 'UTC') COMMENT 'When it was last found, went away or was answered'
)
AS SELECT
  s.finding_id AS finding_id, s.site_id AS site_id, s.kind AS kind, s.subject_type AS subject_type, s.subject AS subject,
  s.event_date AS event_date, s.first_seen_at AS first_seen_at, s.evidence AS evidence,
  multiIf(a.answer = 'explained', 'explained', NOT s.holds, 'resolved', a.answer = 'resolved' AND a.evidence = s.evidence, 'resolved', 'open') AS status,
  a.note AS note,
  if(NOT s.holds AND a.answer != 'explained', 'integrity', a.answered_by) AS changed_by,
  greatest(s.checked_at, a.answered_at) AS changed_at
FROM (SELECT * FROM finding_states FINAL) AS s
LEFT JOIN (SELECT * FROM finding_answers FINAL) AS a ON a.finding_id = s.finding_id;
