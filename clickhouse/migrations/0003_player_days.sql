-- Once a day per type. A player counts once per site, day and type, for the banner of the day's first event.
--
-- Every count is a sum of small changes, each with the time it was recorded at:
--   player_day_arrivals  what arrived lately, by arrival; any event may stand here twice
--   player_days          who is counted on the open days; a row carries its change to the counts, so a row and its change
--                        are there together or not at all; written by the job `count-days` alone
--   day_counts_log       the counts of closed days, what came for them later, and corrections; by `close-days` and `recount`
-- What a day counts is the sum over player_days or day_counts_log, plus the change that the newest arrivals make
-- (player_day_changes), so that it is exact at every moment, and no query counts a whole day again.

CREATE TABLE IF NOT EXISTS player_day_arrivals
(
  arrived_at  DateTime64(3, 'UTC') COMMENT 'When ClickHouse took the event',
  site_id     LowCardinality(String) COMMENT 'The registered site',
  event_date  Date COMMENT 'Day in the time zone of the site',
  event_type  LowCardinality(String) COMMENT 'Type of the event',
  banner_tag  LowCardinality(String) COMMENT 'Banner of the event',
  player_key  UInt64 COMMENT 'Who counts on that day for that type: 58 bits of a hash of site, day, type and the player, else the visitor, else the event itself; before them 6 bits of the day, so that a search for few of a day''s keys reads little',
  pair_key    UInt64 COMMENT 'player_key with the banner',
  occurred_at DateTime64(3, 'UTC') COMMENT 'When the event happened',
  event_id    UUID COMMENT 'The event'
)
ENGINE = MergeTree
PARTITION BY toStartOfTenMinutes(arrived_at)
ORDER BY arrived_at
COMMENT 'The newest arrivals; what the job count-days has counted is dropped a quarter of an hour later, and nothing before';

CREATE MATERIALIZED VIEW IF NOT EXISTS events_incoming_to_player_day_arrivals TO player_day_arrivals AS
SELECT
  nowInBlock64(3, 'UTC') AS arrived_at,
  site_id,
  event_date,
  event_type,
  banner_tag,
  bitOr(
    bitShiftLeft(toUInt64(toUInt16(event_date)), 58),
    bitShiftRight(sipHash64(toString(site_id), event_date, toString(event_type), player_id,
      multiIf(player_id != '', '', visitor_id != '', visitor_id, toString(event_id))), 6)) AS player_key,
  sipHash64(player_key, toString(banner_tag)) AS pair_key,
  occurred_at,
  event_id
FROM events_incoming
WHERE queue_error = '';

CREATE TABLE IF NOT EXISTS player_days
(
  site_id     LowCardinality(String) COMMENT 'The registered site',
  event_date  Date COMMENT 'Day in the time zone of the site',
  event_type  LowCardinality(String) COMMENT 'Type of the events',
  banner_tag  LowCardinality(String) COMMENT 'The banner whose counts change',
  quarter     DateTime('UTC') COMMENT 'The quarter of an hour of first_at',
  player_key  UInt64 COMMENT 'Who counts: as in player_day_arrivals',
  pair_key    UInt64 COMMENT 'player_key with the banner: as in player_day_arrivals',
  first_at    DateTime64(3, 'UTC') COMMENT 'occurred_at of the day''s first event, as known when the row was written',
  first_id    UUID COMMENT 'event_id of that event',
  count       Int8 COMMENT '1: the banner is credited with the player; -1: no longer, an earlier event turned up',
  players     Int8 COMMENT '1: the player''s first event of that banner, day and type',
  recorded_at DateTime64(3, 'UTC') COMMENT 'When the row was written',
  PROJECTION by_quarter
  (
    SELECT site_id, event_date, event_type, banner_tag, quarter, sum(count), sum(players)
    GROUP BY site_id, event_date, event_type, banner_tag, quarter
  ),
  PROJECTION by_day
  (
    SELECT site_id, event_date, event_type, banner_tag, sum(count), sum(players)
    GROUP BY site_id, event_date, event_type, banner_tag
  )
)
ENGINE = MergeTree
PARTITION BY event_date
ORDER BY player_key
SETTINGS index_granularity = 1024
COMMENT 'Who is counted on each open day; the sums of count and players are the counts. A day''s rows go when it has closed';

CREATE TABLE IF NOT EXISTS day_folds
(
  folded_at DateTime64(3, 'UTC') COMMENT 'When the run of count-days began',
  through   DateTime64(3, 'UTC') COMMENT 'Arrivals up to here are counted in player_days'
)
ENGINE = MergeTree
ORDER BY folded_at
TTL toDateTime(folded_at) + INTERVAL 7 DAY
COMMENT 'How far the job count-days has come';

CREATE TABLE IF NOT EXISTS day_counts_log
(
  site_id     LowCardinality(String) COMMENT 'The registered site',
  event_date  Date COMMENT 'Day in the time zone of the site',
  event_type  LowCardinality(String) COMMENT 'Type of the events; empty: the row says that the day was closed, or counted again, at recorded_at',
  banner_tag  LowCardinality(String) COMMENT 'The banner whose counts change',
  quarter     DateTime('UTC') COMMENT 'Quarter of an hour of the players'' first events; 1970 for changes of players and events',
  recorded_at DateTime64(3, 'UTC') COMMENT 'When the change was recorded; while the day was open: the full hour after',
  reason      LowCardinality(String) COMMENT 'open: counted while the day was open; close: found when it was closed; late: came later; correction: found by a recount',
  count       Int64 COMMENT 'Change of the players credited to the banner',
  players     Int64 COMMENT 'Change of the distinct players with an event of the banner',
  events      Int64 COMMENT 'Change of the distinct events of the banner',
  PROJECTION by_day
  (
    SELECT site_id, event_date, event_type, banner_tag, sum(count), sum(players), sum(events)
    GROUP BY site_id, event_date, event_type, banner_tag
  ),
  PROJECTION by_type
  (
    SELECT site_id, event_date, event_type, sum(count)
    GROUP BY site_id, event_date, event_type
  )
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(event_date)
ORDER BY (event_type, site_id, event_date, banner_tag, quarter, recorded_at)
COMMENT 'Dated changes of the counts; their sum is the count, the sum up to a moment is the count as of it. A site''s day is written in one piece';

CREATE TABLE IF NOT EXISTS late_days
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_date Date COMMENT 'The closed day',
  arrived_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When an event last came for it'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, event_date)
COMMENT 'Closed days that events still came for: close-days counts them again';

CREATE VIEW IF NOT EXISTS closed_days
(
  site_id    String COMMENT 'The registered site',
  event_date Date COMMENT 'Day in the time zone of the site',
  closed_at  DateTime64(3, 'UTC') COMMENT 'When the day was closed',
  counted_at DateTime64(3, 'UTC') COMMENT 'When it was last counted from its events'
)
AS SELECT site_id, event_date, min(recorded_at) AS closed_at, max(recorded_at) AS counted_at
FROM day_counts_log
WHERE event_type = ''
GROUP BY site_id, event_date;

-- Who of the arrivals in (since, until] may change the counts: whoever was not seen with the banner before, or not so early. Nearly
-- everyone else is told apart here by three numbers.
CREATE VIEW IF NOT EXISTS player_day_candidates
AS SELECT any(player_key) AS player_key
FROM
(
  SELECT player_key, pair_key, occurred_at AS arrived_first, toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS counted_first
  FROM player_day_arrivals
  WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {until:DateTime64(3)}
  UNION ALL
  SELECT player_key, pair_key, toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS arrived_first, first_at AS counted_first
  FROM player_days
  WHERE player_key IN (
    SELECT player_key FROM player_day_arrivals
    WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {until:DateTime64(3)})
)
GROUP BY pair_key
HAVING min(arrived_first) <= min(counted_first);

-- How the arrivals in (since, until] change the counts, as rows of player_days: a new player counts; an earlier event moves
-- the player's count to its banner and time; a banner that the player was not seen with before has a player more. What is
-- counted already changes nothing, so it does not matter how often, or in which portions, arrivals are looked at.
-- occurred_at and event_id are compared as one number, `rank`: by time, then as ClickHouse orders UUIDs.
CREATE VIEW IF NOT EXISTS player_day_changes
AS SELECT
  site_id,
  event_date,
  event_type,
  tupleElement(change, 1) AS banner_tag,
  toStartOfFifteenMinutes(toDateTime(tupleElement(change, 2), 'UTC')) AS quarter,
  player_key,
  sipHash64(player_key, banner_tag) AS pair_key,
  tupleElement(change, 2) AS first_at,
  tupleElement(change, 3) AS first_id,
  tupleElement(change, 4) AS count,
  tupleElement(change, 5) AS players
FROM
(
  SELECT
    site_id, event_date, event_type, player_key,
    arrayJoin(arrayFilter(change -> tupleElement(change, 4) != 0 OR tupleElement(change, 5) != 0, arrayConcat(
      [
        tuple(before_banner, before_at, before_id, toInt8(-(is_known * is_moved)), toInt8(0)),
        tuple(after_banner, after_at, after_id, toInt8(is_moved), toInt8(is_moved AND has(new_banners, after_banner)))
      ],
      arrayMap(tag -> tuple(tag, after_at, after_id, toInt8(0), toInt8(NOT is_moved OR tag != after_banner)), new_banners)))) AS change
  FROM
  (
    SELECT
      site_id, event_date, event_type, player_key,
      argMinIf(tuple(banner, at, id), rank, counted > 0) AS before,
      argMin(tuple(banner, at, id), rank) AS after,
      tupleElement(before, 1) AS before_banner,
      tupleElement(before, 2) AS before_at,
      tupleElement(before, 3) AS before_id,
      tupleElement(after, 1) AS after_banner,
      tupleElement(after, 2) AS after_at,
      tupleElement(after, 3) AS after_id,
      max(counted) AS is_known,
      before_id != after_id OR is_known = 0 AS is_moved,
      arrayFilter(tag -> NOT has(groupUniqArrayIf(banner, met), tag), groupUniqArrayIf(banner, arrived)) AS new_banners
    FROM
    (
      SELECT
        site_id, event_date, event_type, player_key, toString(banner_tag) AS banner, occurred_at AS at, event_id AS id,
        bitShiftLeft(toUInt256(toInt256(toUnixTimestamp64Milli(at)) + 9223372036854775808), 128) + reinterpretAsUInt128(id) AS rank,
        toInt8(0) AS counted, true AS arrived, false AS met
      FROM player_day_arrivals
      WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {until:DateTime64(3)}
        AND (site_id, event_date) NOT IN (SELECT site_id, event_date FROM day_counts_log WHERE event_type = '')
      UNION ALL
      SELECT
        site_id, event_date, event_type, player_key, toString(banner_tag) AS banner, first_at AS at, first_id AS id,
        if(count > 0,
          bitShiftLeft(toUInt256(toInt256(toUnixTimestamp64Milli(at)) + 9223372036854775808), 128) + reinterpretAsUInt128(id),
          bitNot(toUInt256(0))) AS rank,
        count AS counted, false AS arrived, players > 0 AS met
      FROM player_days
    )
    -- Named once, so that it is found once; ClickHouse looks it up on both sides of the union.
    WHERE player_key IN (
      SELECT player_key FROM player_day_candidates(since = {since:DateTime64(3)}, until = {until:DateTime64(3)}))
    GROUP BY site_id, event_date, event_type, player_key
  )
);

-- What count-days has still to count. One run is looked at once more: it may end while a query reads.
CREATE VIEW IF NOT EXISTS uncounted_player_days
AS SELECT * FROM player_day_changes(
  since = (SELECT min(through) FROM (SELECT through FROM day_folds ORDER BY folded_at DESC, through DESC LIMIT 2)),
  until = '2299-12-31 00:00:00');

CREATE VIEW IF NOT EXISTS event_summary
(
  site_id    String COMMENT 'The registered site',
  event_date Date COMMENT 'Day of the events in the time zone of the site',
  event_type String COMMENT 'visit, registration, deposit, …',
  banner_tag String COMMENT 'Banner of the first such event of the player on that day',
  count      UInt64 COMMENT 'Players credited to the banner; the banners of a day add up to daily_metrics',
  players    UInt64 COMMENT 'Players with such an event of the banner that day, credited to it or to another'
)
AS SELECT site_id, event_date, event_type, banner_tag, toUInt64(greatest(sum(count_changes), 0)) AS count, toUInt64(greatest(sum(player_changes), 0)) AS players
FROM
(
  SELECT site_id, event_date, event_type, banner_tag, sum(count) AS count_changes, sum(players) AS player_changes
  FROM day_counts_log
  WHERE event_type != ''
  GROUP BY site_id, event_date, event_type, banner_tag
  UNION ALL
  SELECT site_id, event_date, event_type, banner_tag, sum(count) AS count_changes, sum(players) AS player_changes
  FROM player_days
  WHERE (site_id, event_date) NOT IN (SELECT site_id, event_date FROM day_counts_log WHERE event_type = '')
  GROUP BY site_id, event_date, event_type, banner_tag
  UNION ALL
  SELECT site_id, event_date, event_type, banner_tag, sum(count) AS count_changes, sum(players) AS player_changes
  FROM uncounted_player_days
  GROUP BY site_id, event_date, event_type, banner_tag
)
GROUP BY site_id, event_date, event_type, banner_tag
HAVING count > 0 OR players > 0;

CREATE VIEW IF NOT EXISTS daily_metrics
(
  site_id    String COMMENT 'The registered site',
  event_date Date COMMENT 'Day of the events in the time zone of the site',
  event_type String COMMENT 'visit, registration, deposit, …',
  count      UInt64 COMMENT 'Players with at least one such event that day, each counted once'
)
-- Not read from event_summary: a year of banners is hundreds of times as many rows.
AS SELECT site_id, event_date, event_type, toUInt64(greatest(sum(count_changes), 0)) AS count
FROM
(
  SELECT site_id, event_date, event_type, sum(count) AS count_changes
  FROM day_counts_log
  WHERE event_type != ''
  GROUP BY site_id, event_date, event_type
  UNION ALL
  SELECT site_id, event_date, event_type, sum(count) AS count_changes
  FROM player_days
  WHERE (site_id, event_date) NOT IN (SELECT site_id, event_date FROM day_counts_log WHERE event_type = '')
  GROUP BY site_id, event_date, event_type
  UNION ALL
  SELECT site_id, event_date, event_type, sum(count) AS count_changes
  FROM uncounted_player_days
  GROUP BY site_id, event_date, event_type
)
GROUP BY site_id, event_date, event_type
HAVING count > 0;

CREATE VIEW IF NOT EXISTS event_quarters
(
  site_id    String COMMENT 'The registered site',
  event_date Date COMMENT 'Day of the events in the time zone of the site',
  event_type String COMMENT 'visit, registration, deposit, …',
  banner_tag String COMMENT 'Banner of the first such event of the player on that day',
  quarter    DateTime('UTC') COMMENT 'Quarter of an hour in which that first event happened',
  count      UInt64 COMMENT 'Players credited to the banner; the quarters of a day add up to event_summary'
)
AS SELECT site_id, event_date, event_type, banner_tag, quarter, toUInt64(greatest(sum(count_changes), 0)) AS count
FROM
(
  SELECT site_id, event_date, event_type, banner_tag, quarter, sum(count) AS count_changes
  FROM day_counts_log
  WHERE event_type != '' AND count != 0
  GROUP BY site_id, event_date, event_type, banner_tag, quarter
  UNION ALL
  SELECT site_id, event_date, event_type, banner_tag, quarter, sum(count) AS count_changes
  FROM player_days
  WHERE (site_id, event_date) NOT IN (SELECT site_id, event_date FROM day_counts_log WHERE event_type = '')
  GROUP BY site_id, event_date, event_type, banner_tag, quarter
  UNION ALL
  SELECT site_id, event_date, event_type, banner_tag, quarter, sum(count) AS count_changes
  FROM uncounted_player_days
  GROUP BY site_id, event_date, event_type, banner_tag, quarter
)
GROUP BY site_id, event_date, event_type, banner_tag, quarter
HAVING count > 0;

-- Raw events beside the players. An open day's are counted in events_log at each reading: about a second for ten million of them.
CREATE VIEW IF NOT EXISTS event_totals
(
  site_id    String COMMENT 'The registered site',
  event_date Date COMMENT 'Day of the events in the time zone of the site',
  event_type String COMMENT 'visit, registration, deposit, …',
  banner_tag String COMMENT 'Banner of the events',
  count      UInt64 COMMENT 'Players credited to the banner: the first such event of the day was of it',
  players    UInt64 COMMENT 'Players with such an event of the banner that day, credited to it or to another',
  events     UInt64 COMMENT 'Such events of the banner that day, each event_id once'
)
AS SELECT site_id, event_date, event_type, banner_tag, sum(counted) AS count, sum(distinct_players) AS players, toUInt64(sum(raw_events)) AS events
FROM
(
  SELECT site_id, event_date, event_type, banner_tag, summary.count AS counted, summary.players AS distinct_players, toInt64(0) AS raw_events
  FROM event_summary AS summary
  UNION ALL
  SELECT site_id, event_date, event_type, banner_tag, 0 AS counted, 0 AS distinct_players, sum(events) AS raw_events
  FROM day_counts_log
  WHERE event_type != ''
  GROUP BY site_id, event_date, event_type, banner_tag
  UNION ALL
  SELECT site_id, event_date, event_type, banner_tag, 0 AS counted, 0 AS distinct_players, toInt64(count()) AS raw_events
  FROM events_log FINAL
  WHERE event_date >= (
      SELECT min(oldest) FROM (
        SELECT ifNull(minOrNull(event_date), toDate('2149-06-06')) AS oldest FROM player_days
        UNION ALL
        SELECT ifNull(minOrNull(event_date), toDate('2149-06-06')) AS oldest FROM player_day_arrivals))
    AND (site_id, event_date) NOT IN (SELECT site_id, event_date FROM day_counts_log WHERE event_type = '')
  GROUP BY site_id, event_date, event_type, banner_tag
)
GROUP BY site_id, event_date, event_type, banner_tag;
