-- The same changes as before, found step by step: each name is a column of the step below it, so that the planner does not write
-- out every expression wherever its name stands. Planning was most of the cost of a question about an open day.

CREATE OR REPLACE VIEW player_day_changes
AS SELECT
  site_id,
  event_date,
  event_type,
  tupleElement(credit, 1) AS banner_tag,
  toStartOfFifteenMinutes(toDateTime(tupleElement(credit, 2), 'UTC')) AS quarter,
  player_key,
  sipHash64(player_key, banner_tag) AS pair_key,
  tupleElement(credit, 2) AS first_at,
  tupleElement(credit, 3) AS first_id,
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
        if(is_moved, [tuple(after, toInt8(1), toInt8(has(new_banners, tupleElement(after, 1))))], []),
        arrayMap(
          tag -> tuple(tuple(tag, tupleElement(after, 2), tupleElement(after, 3)), toInt8(0), toInt8(1)),
          if(is_moved, arrayFilter(tag -> tag != tupleElement(after, 1), new_banners), new_banners))) AS changes
    FROM
    (
      SELECT
        site_id, event_date, event_type, player_key, before, after, is_known,
        NOT is_known OR tupleElement(before, 3) != tupleElement(after, 3) AS is_moved,
        arrayFilter(tag -> NOT has(met_banners, tag), arrived_banners) AS new_banners
      FROM
      (
        SELECT
          site_id, event_date, event_type, player_key,
          argMinIf(tuple(banner, at, id), rank, counted > 0) AS before,
          argMin(tuple(banner, at, id), rank) AS after,
          max(counted) > 0 AS is_known,
          groupUniqArrayIf(banner, met) AS met_banners,
          groupUniqArrayIf(banner, arrived) AS arrived_banners
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
    )
  )
  ARRAY JOIN changes AS change
);
