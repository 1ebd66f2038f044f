-- Arrivals are moved aside before they are counted, and are gone once they are: what stands in player_day_arrivals or in
-- player_day_arrivals_taken is what is not counted yet, whenever its block became readable. Before, a time said up to where arrivals
-- were counted: a block that was held up for longer than expected was counted, then for up to a minute it was not.
--
-- A question reads arrivals, then those moved aside, then player_days, each once and in this order, which is the way of a row: so it
-- finds each in one of them at least, and in two does no harm. ClickHouse looks at the parts of a table when it meets its name, and
-- of one behind a view when it plans, which is later; hence counted_player_days.

CREATE TABLE IF NOT EXISTS player_day_arrivals_taken
(
  arrived_at  DateTime64(3, 'UTC') COMMENT 'When ClickHouse took the event',
  site_id     LowCardinality(String) COMMENT 'The registered site',
  event_date  Date COMMENT 'Day in the time zone of the site',
  event_type  LowCardinality(String) COMMENT 'Type of the event',
  banner_tag  LowCardinality(String) COMMENT 'Banner of the event',
  player_key  UInt64 COMMENT 'Who counts: as in player_day_arrivals',
  pair_key    UInt64 COMMENT 'player_key with the banner: as in player_day_arrivals',
  occurred_at DateTime64(3, 'UTC') COMMENT 'When the event happened',
  event_id    UUID COMMENT 'The event'
)
ENGINE = MergeTree
PARTITION BY toStartOfTenMinutes(arrived_at)
ORDER BY arrived_at
SETTINGS old_parts_lifetime = 60
COMMENT 'The arrivals that the job count-days is counting now';

CREATE VIEW IF NOT EXISTS counted_player_days
AS SELECT site_id, event_date, event_type, banner_tag, quarter, player_key, pair_key, first_at, first_id, count, players, recorded_at
FROM player_days;

-- Whoever of the arrivals may change the counts: was not seen with the banner before, or not so early. Nearly everyone else is told apart
-- here by three numbers. The key of who is not counted at all comes inverted: player_days need not be searched for it once more.
CREATE OR REPLACE VIEW player_day_candidates
AS SELECT if(min(counted_first) < toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), who, bitNot(who)) AS player_key
FROM
(
  SELECT any(player_key) AS who, min(arrived_first) AS arrived_first, min(counted_first) AS counted_first
  FROM
  (
    SELECT player_key, pair_key, occurred_at AS arrived_first, toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS counted_first
    FROM player_day_arrivals
    WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {until:DateTime64(3)}
    UNION ALL
    SELECT player_key, pair_key, occurred_at AS arrived_first, toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS counted_first
    FROM player_day_arrivals_taken
    WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {until:DateTime64(3)}
    UNION ALL
    SELECT player_key, pair_key, toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS arrived_first, first_at AS counted_first
    FROM counted_player_days
    WHERE player_key IN (
      SELECT player_key FROM player_day_arrivals
      WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {until:DateTime64(3)}
      UNION ALL
      SELECT player_key FROM player_day_arrivals_taken
      WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {until:DateTime64(3)})
  )
  GROUP BY pair_key
)
GROUP BY who
HAVING max(arrived_first <= counted_first);

-- The same changes as before (0003), from both tables.
CREATE OR REPLACE VIEW player_day_changes
AS SELECT
  site_id,
  event_date,
  event_type,
  tupleElement(credit, 3) AS banner_tag,
  toStartOfFifteenMinutes(toDateTime(tupleElement(credit, 1), 'UTC')) AS quarter,
  player_key,
  sipHash64(player_key, banner_tag) AS pair_key,
  tupleElement(credit, 1) AS first_at,
  tupleElement(credit, 2) AS first_id,
  count,
  players
FROM
(
  SELECT
    site_id, event_date, event_type, player_key,
    tupleElement(change, 1) AS credit, tupleElement(change, 2) AS count, tupleElement(change, 3) AS players
  FROM
  (
    SELECT
      site_id, event_date, event_type, player_key,
      arrayConcat(
        if(is_moved AND is_known, [tuple(before, toInt8(-1), toInt8(0))], []),
        if(is_moved, [tuple(after, toInt8(1), toInt8(has(new_banners, tupleElement(after, 3))))], []),
        arrayMap(
          tag -> tuple(tuple(tupleElement(after, 1), tupleElement(after, 2), tag), toInt8(0), toInt8(1)),
          if(is_moved, arrayFilter(tag -> tag != tupleElement(after, 3), new_banners), new_banners))) AS changes
    FROM
    (
      SELECT
        site_id, event_date, event_type, player_key, before, after, is_known,
        NOT is_known OR tupleElement(before, 2) != tupleElement(after, 2) AS is_moved,
        arrayFilter(tag -> NOT has(met_banners, tag), arrived_banners) AS new_banners
      FROM
      (
        SELECT
          site_id, event_date, event_type, player_key,
          minIf(tuple(at, id, banner), counted > 0) AS before,
          min(tuple(at, id, banner)) AS after,
          max(counted) > 0 AS is_known,
          groupUniqArrayIf(banner, met) AS met_banners,
          groupUniqArrayIf(banner, arrived) AS arrived_banners
        FROM
        (
          SELECT
            site_id, event_date, event_type, player_key, arrayJoin([player_key, bitNot(player_key)]) AS looked_up,
            toString(banner_tag) AS banner, occurred_at AS at, event_id AS id, toInt8(0) AS counted, true AS arrived, false AS met
          FROM
          (
              SELECT * FROM player_day_arrivals
              WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {until:DateTime64(3)}
              UNION ALL
              SELECT * FROM player_day_arrivals_taken
              WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {until:DateTime64(3)}
          )
          WHERE (site_id, event_date) NOT IN (SELECT site_id, event_date FROM day_counts_log WHERE event_type = '')
          UNION ALL
          SELECT
            site_id, event_date, event_type, player_key, player_key AS looked_up, toString(banner_tag) AS banner,
            if(count > 0, first_at, toDateTime64('2299-12-31 00:00:00', 3, 'UTC')) AS at, first_id AS id,
            count AS counted, false AS arrived, players > 0 AS met
          FROM counted_player_days
        )
        -- Named once, so that it is found once; ClickHouse looks it up on both sides of the union.
        WHERE looked_up IN (
          SELECT player_key FROM player_day_candidates(since = {since:DateTime64(3)}, until = {until:DateTime64(3)}))
        GROUP BY site_id, event_date, event_type, player_key
      )
    )
  )
  ARRAY JOIN changes AS change
);

-- What count-days has still to count. It stands first wherever it is united with counted_player_days: see above.
CREATE OR REPLACE VIEW uncounted_player_days
AS SELECT * FROM player_day_changes(since = '1970-01-01 00:00:00', until = '2299-12-31 00:00:00');

-- What the open days count, with what is still to count. Named in one statement, whose tables are looked at one right after the other:
-- a view that analysts may read has rights of its own, and ClickHouse 26.7 then looks at a table again wherever its name stands.
-- player_days is named more than once here. Only a fold that ends in the moment between is seen by one and not by the other.
CREATE VIEW IF NOT EXISTS open_day_counts
AS SELECT site_id, event_date, event_type, banner_tag, quarter, sum(count) AS count, sum(players) AS players
FROM
(
  SELECT
    site_id,
    event_date,
    event_type,
    tupleElement(credit, 3) AS banner_tag,
    toStartOfFifteenMinutes(toDateTime(tupleElement(credit, 1), 'UTC')) AS quarter,
    player_key,
    sipHash64(player_key, banner_tag) AS pair_key,
    tupleElement(credit, 1) AS first_at,
    tupleElement(credit, 2) AS first_id,
    count,
    players
  FROM
  (
    SELECT
      site_id, event_date, event_type, player_key,
      tupleElement(change, 1) AS credit, tupleElement(change, 2) AS count, tupleElement(change, 3) AS players
    FROM
    (
      SELECT
        site_id, event_date, event_type, player_key,
        arrayConcat(
          if(is_moved AND is_known, [tuple(before, toInt8(-1), toInt8(0))], []),
          if(is_moved, [tuple(after, toInt8(1), toInt8(has(new_banners, tupleElement(after, 3))))], []),
          arrayMap(
            tag -> tuple(tuple(tupleElement(after, 1), tupleElement(after, 2), tag), toInt8(0), toInt8(1)),
            if(is_moved, arrayFilter(tag -> tag != tupleElement(after, 3), new_banners), new_banners))) AS changes
      FROM
      (
        SELECT
          site_id, event_date, event_type, player_key, before, after, is_known,
          NOT is_known OR tupleElement(before, 2) != tupleElement(after, 2) AS is_moved,
          arrayFilter(tag -> NOT has(met_banners, tag), arrived_banners) AS new_banners
        FROM
        (
          SELECT
            site_id, event_date, event_type, player_key,
            minIf(tuple(at, id, banner), counted > 0) AS before,
            min(tuple(at, id, banner)) AS after,
            max(counted) > 0 AS is_known,
            groupUniqArrayIf(banner, met) AS met_banners,
            groupUniqArrayIf(banner, arrived) AS arrived_banners
          FROM
          (
            SELECT
              site_id, event_date, event_type, player_key, arrayJoin([player_key, bitNot(player_key)]) AS looked_up,
              toString(banner_tag) AS banner, occurred_at AS at, event_id AS id, toInt8(0) AS counted, true AS arrived, false AS met
            FROM
            (
                SELECT * FROM player_day_arrivals
                UNION ALL
                SELECT * FROM player_day_arrivals_taken
            )
            WHERE (site_id, event_date) NOT IN (SELECT site_id, event_date FROM day_counts_log WHERE event_type = '')
            UNION ALL
            SELECT
              site_id, event_date, event_type, player_key, player_key AS looked_up, toString(banner_tag) AS banner,
              if(count > 0, first_at, toDateTime64('2299-12-31 00:00:00', 3, 'UTC')) AS at, first_id AS id,
              count AS counted, false AS arrived, players > 0 AS met
            FROM player_days
          )
          -- Named once, so that it is found once; ClickHouse looks it up on both sides of the union.
          WHERE looked_up IN (
            SELECT if(min(counted_first) < toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), who, bitNot(who)) AS player_key
            FROM
            (
              SELECT any(player_key) AS who, min(arrived_first) AS arrived_first, min(counted_first) AS counted_first
              FROM
              (
                SELECT player_key, pair_key, occurred_at AS arrived_first, toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS counted_first
                FROM player_day_arrivals
                UNION ALL
                SELECT player_key, pair_key, occurred_at AS arrived_first, toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS counted_first
                FROM player_day_arrivals_taken
                UNION ALL
                SELECT player_key, pair_key, toDateTime64('2299-12-31 00:00:00', 3, 'UTC') AS arrived_first, first_at AS counted_first
                FROM player_days
                WHERE player_key IN (
                  SELECT player_key FROM player_day_arrivals
                  UNION ALL
                  SELECT player_key FROM player_day_arrivals_taken)
              )
              GROUP BY pair_key
            )
            GROUP BY who
            HAVING max(arrived_first <= counted_first))
          GROUP BY site_id, event_date, event_type, player_key
        )
      )
    )
    ARRAY JOIN changes AS change
  )
)
GROUP BY site_id, event_date, event_type, banner_tag, quarter
UNION ALL
SELECT site_id, event_date, event_type, banner_tag, quarter, sum(count) AS count, sum(players) AS players
FROM player_days
WHERE (site_id, event_date) NOT IN (SELECT site_id, event_date FROM day_counts_log WHERE event_type = '')
GROUP BY site_id, event_date, event_type, banner_tag, quarter;

CREATE OR REPLACE VIEW event_summary
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
  FROM open_day_counts
  GROUP BY site_id, event_date, event_type, banner_tag
)
GROUP BY site_id, event_date, event_type, banner_tag
HAVING count > 0 OR players > 0;

CREATE OR REPLACE VIEW daily_metrics
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
  FROM open_day_counts
  GROUP BY site_id, event_date, event_type
)
GROUP BY site_id, event_date, event_type
HAVING count > 0;

CREATE OR REPLACE VIEW event_quarters
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
  FROM open_day_counts
  GROUP BY site_id, event_date, event_type, banner_tag, quarter
)
GROUP BY site_id, event_date, event_type, banner_tag, quarter
HAVING count > 0;

CREATE OR REPLACE VIEW event_totals
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
        SELECT ifNull(minOrNull(event_date), toDate('2149-06-06')) AS oldest FROM player_day_arrivals
        UNION ALL
        SELECT ifNull(minOrNull(event_date), toDate('2149-06-06')) AS oldest FROM player_day_arrivals_taken
        UNION ALL
        SELECT ifNull(minOrNull(event_date), toDate('2149-06-06')) AS oldest FROM counted_player_days))
    AND (site_id, event_date) NOT IN (SELECT site_id, event_date FROM day_counts_log WHERE event_type = '')
  GROUP BY site_id, event_date, event_type, banner_tag
)
GROUP BY site_id, event_date, event_type, banner_tag;

-- Both are emptied every second: what was emptied leaves the disk after a minute instead of eight.
ALTER TABLE player_day_arrivals MODIFY SETTING old_parts_lifetime = 60;
ALTER TABLE player_day_arrivals MODIFY COMMENT 'The newest arrivals; the job count-days moves them to player_day_arrivals_taken and counts them';
