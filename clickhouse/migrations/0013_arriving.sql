-- What comes from the queue, before it enters `events_incoming`. A message with one unreadable line arrives whole, as text,
-- good lines too: it is split into lines again, and each is judged alone. Good ones enter by the same door as all events,
-- bad ones are kept in `rejected_events`. Only functions that cannot throw: a view that throws would replay its message for ever.

CREATE TABLE IF NOT EXISTS events_arriving
(
  event_id        UUID,
  site_id         LowCardinality(String),
  event_type      LowCardinality(String),
  player_id       String,
  banner_tag      LowCardinality(String),
  visitor_id      String,
  session_id      String,
  occurred_at     DateTime64(3, 'UTC'),
  created_at      DateTime64(3, 'UTC'),
  event_date      Date,
  domain          LowCardinality(String),
  path            String,
  referrer        String,
  viewport_width  UInt16,
  viewport_height UInt16,
  amount          Nullable(Decimal(28, 8)),
  currency        LowCardinality(String),
  transaction_id  String,
  metadata        String,
  source_ip       String,
  user_agent      String,
  country         LowCardinality(String),
  device          LowCardinality(String),
  browser         LowCardinality(String),
  os              LowCardinality(String),
  is_bot          Bool,
  queue_topic     LowCardinality(String),
  queue_partition Int64,
  queue_offset    Int64,
  queue_time      DateTime64(3, 'UTC'),
  queue_error     String,
  queue_raw       String
)
ENGINE = Null
COMMENT 'What the queue delivers: a row an event, or a whole message with queue_error and queue_raw; holds nothing';

CREATE TABLE IF NOT EXISTS event_lines
(
  event_id        UUID,
  site_id         String,
  event_type      String,
  player_id       String,
  banner_tag      String,
  visitor_id      String,
  session_id      String,
  occurred_at     DateTime64(3, 'UTC'),
  created_at      DateTime64(3, 'UTC'),
  event_date      Date,
  domain          String,
  path            String,
  referrer        String,
  viewport_width  UInt16,
  viewport_height UInt16,
  amount          Nullable(Decimal(28, 8)),
  currency        String,
  transaction_id  String,
  metadata        String,
  source_ip       String,
  user_agent      String,
  country         String,
  device          String,
  browser         String,
  os              String,
  is_bot          Bool,
  queue_topic     String,
  queue_partition Int64,
  queue_offset    Int64,
  queue_time      DateTime64(3, 'UTC'),
  line            UInt32,
  reason          String,
  field           String,
  raw             String
)
ENGINE = Null
COMMENT 'The lines of unreadable messages, judged one by one; reason is empty for a good one; holds nothing';

-- What is behind the next table in the chain is made first: a view that stands has everything it writes to.

CREATE MATERIALIZED VIEW IF NOT EXISTS event_lines_to_rejected TO rejected_events_log AS
SELECT
  reinterpretAsUUID(sipHash128(queue_topic, queue_partition, queue_offset, line)) AS rejected_id,
  queue_time AS rejected_at,
  'queue' AS source,
  reason,
  site_id,
  field,
  multiIf(
    reason = 'bad_json', 'the line is not one JSON object',
    reason = 'missing_field', concat(field, ' is needed'),
    reason = 'duplicate_field', concat(field, ' is given twice'),
    concat(field, ' has a value that its column cannot hold')) AS message,
  toValidUTF8(substring(raw, 1, 8192)) AS raw,
  '' AS sender,
  queue_topic,
  queue_partition,
  queue_offset,
  line,
  'rejected' AS status,
  queue_time AS judged_at
FROM event_lines
WHERE reason != '';

CREATE MATERIALIZED VIEW IF NOT EXISTS event_lines_to_incoming TO events_incoming AS
SELECT
  event_id, site_id, event_type, player_id, banner_tag, visitor_id, session_id, occurred_at,
  created_at, event_date, domain, path, referrer, viewport_width, viewport_height, amount, currency,
  transaction_id, metadata, source_ip, user_agent, country, device, browser, os, is_bot,
  queue_topic, queue_partition, queue_offset
FROM event_lines
WHERE reason = '';

CREATE MATERIALIZED VIEW IF NOT EXISTS events_arriving_to_lines TO event_lines AS
-- 4. One column a field, and what is wrong with the line, if anything.
WITH
  arrayFirst(i -> raws[i] != '' AND multiIf(
      i IN (14, 15), isNull(toUInt16OrNull(raws[i])),
      i = 26, raws[i] NOT IN ('true', 'false'),
      i IN (8, 9), NOT (toInt64OrZero(raws[i]) BETWEEN 1 AND 4102444800000),
      NOT startsWith(raws[i], '"') OR multiIf(
        i = 1, isNull(toUUIDOrNull(texts[i])),
        i = 10, toString(toDateOrNull(texts[i])) IS DISTINCT FROM texts[i],
        i = 16, isNull(exact_amount),
        false)),
    arrayEnumerate(raws)) AS bad,
  arrayFirst(i -> texts[i] = '', [1, 2, 3, 8, 9, 10]) AS missing
SELECT
  ifNull(toUUIDOrNull(texts[1]), toUUID('00000000-0000-0000-0000-000000000000')) AS event_id,
  texts[2] AS site_id,
  texts[3] AS event_type,
  texts[4] AS player_id,
  texts[5] AS banner_tag,
  texts[6] AS visitor_id,
  texts[7] AS session_id,
  fromUnixTimestamp64Milli(if(occurred_ms BETWEEN 1 AND 4102444800000, occurred_ms, 0), 'UTC') AS occurred_at,
  fromUnixTimestamp64Milli(if(created_ms BETWEEN 1 AND 4102444800000, created_ms, 0), 'UTC') AS created_at,
  ifNull(toDateOrNull(texts[10]), toDate('1970-01-01')) AS event_date,
  texts[11] AS domain,
  texts[12] AS path,
  texts[13] AS referrer,
  ifNull(toUInt16OrNull(raws[14]), 0) AS viewport_width,
  ifNull(toUInt16OrNull(raws[15]), 0) AS viewport_height,
  exact_amount AS amount,
  texts[17] AS currency,
  texts[18] AS transaction_id,
  texts[19] AS metadata,
  texts[20] AS source_ip,
  texts[21] AS user_agent,
  texts[22] AS country,
  texts[23] AS device,
  texts[24] AS browser,
  texts[25] AS os,
  raws[26] = 'true' AS is_bot,
  queue_topic,
  queue_partition,
  queue_offset,
  queue_time,
  line,
  multiIf(
    NOT is_object, 'bad_json',
    twice != '', 'duplicate_field',
    bad > 0, 'bad_field',
    missing > 0 OR event_id = toUUID('00000000-0000-0000-0000-000000000000') OR event_date = toDate('1970-01-01'), 'missing_field',
    '') AS reason,
  multiIf(
    reason = 'duplicate_field', twice,
    reason = 'bad_field', names[bad],
    reason = 'missing_field', names[multiIf(missing > 0, missing, event_date = toDate('1970-01-01'), 10, 1)],
    '') AS field,
  text AS raw
FROM
(
  -- 3. What each field is as JSON (empty: absent or null), and as text.
  SELECT
    *,
    arrayMap(name -> replaceRegexpOne(arrayFirst(pair -> pair.1 = name, pairs).2, '^null$', ''), names) AS raws,
    arrayMap(raw -> if(startsWith(raw, '"'), JSONExtractString(raw), raw), raws) AS texts,
    ifNull(toInt64OrNull(raws[8]), 0) AS occurred_ms,
    ifNull(toInt64OrNull(raws[9]), 0) AS created_ms,
    toDecimal128OrNull(texts[16], 8) AS decimal,
    -- The column holds 20 digits before the point; this reader takes 30.
    if(abs(decimal) < toDecimal128('100000000000000000000', 8), decimal, NULL) AS exact_amount,
    arrayFirst(name -> countEqual(pairs.1, name) > 1, names) AS twice
  FROM
  (
    -- 2. Each line that is not blank as names with values.
    SELECT
      queue_topic, queue_partition, queue_offset, queue_time,
      toUInt32(numbered.1 - 1) AS line,
      numbered.2 AS text,
      JSONType(text) = 'Object' AND isValidJSON(text) AS is_object,
      if(is_object, JSONExtractKeysAndValuesRaw(text), []) AS pairs,
      [
        'event_id', 'site_id', 'event_type', 'player_id', 'banner_tag', 'visitor_id', 'session_id', 'occurred_at',
        'created_at', 'event_date', 'domain', 'path', 'referrer', 'viewport_width', 'viewport_height', 'amount', 'currency',
        'transaction_id', 'metadata', 'source_ip', 'user_agent', 'country', 'device', 'browser', 'os', 'is_bot'
      ] AS names
    FROM
    (
      -- 1. The lines of a message, numbered. Broken UTF-8 is mended, or no JSON could be read around it.
      SELECT
        queue_topic, queue_partition, queue_offset, queue_time,
        splitByChar('\n', toValidUTF8(queue_raw)) AS lines,
        arrayJoin(arrayFilter(numbered -> trimBoth(numbered.2) NOT IN ('', '\r'), arrayMap(i -> (i, lines[i]), arrayEnumerate(lines)))) AS numbered
      FROM events_arriving
      WHERE queue_error != ''
    )
  )
);

CREATE MATERIALIZED VIEW IF NOT EXISTS events_arriving_to_rejected TO rejected_events_log AS
SELECT
  reinterpretAsUUID(sipHash128(queue_topic, queue_partition, queue_offset, raw)) AS rejected_id,
  queue_time AS rejected_at,
  'queue' AS source,
  'missing_field' AS reason,
  toString(site_id) AS site_id,
  multiIf(
    event_id = toUUID('00000000-0000-0000-0000-000000000000'), 'event_id',
    site_id = '', 'site_id',
    event_type = '', 'event_type',
    event_date = toDate('1970-01-01'), 'event_date',
    occurred_at BETWEEN '1970-01-01 00:00:00.001' AND '2100-01-01 00:00:00', 'created_at',
    'occurred_at') AS field,
  concat(field, ' is needed') AS message,
  toValidUTF8(substring(formatRowNoNewline('JSONEachRow',
    event_id, site_id, event_type, player_id, banner_tag, visitor_id, session_id, occurred_at, created_at, event_date, domain, path,
    referrer, amount, currency, transaction_id, metadata), 1, 8192)) AS raw,
  '' AS sender,
  toString(queue_topic) AS queue_topic,
  queue_partition,
  queue_offset,
  toUInt32(0) AS line,
  'rejected' AS status,
  queue_time AS judged_at
FROM events_arriving
WHERE queue_error = ''
  AND (event_id = toUUID('00000000-0000-0000-0000-000000000000') OR site_id = '' OR event_type = '' OR event_date = toDate('1970-01-01')
    OR NOT (occurred_at BETWEEN '1970-01-01 00:00:00.001' AND '2100-01-01 00:00:00')
    OR NOT (created_at BETWEEN '1970-01-01 00:00:00.001' AND '2100-01-01 00:00:00'));

CREATE MATERIALIZED VIEW IF NOT EXISTS events_arriving_to_incoming TO events_incoming AS
SELECT
  event_id, site_id, event_type, player_id, banner_tag, visitor_id, session_id, occurred_at,
  created_at, event_date, domain, path, referrer, viewport_width, viewport_height, amount, currency,
  transaction_id, metadata, source_ip, user_agent, country, device, browser, os, is_bot,
  queue_topic, queue_partition, queue_offset
FROM events_arriving
WHERE queue_error = ''
  AND event_id != toUUID('00000000-0000-0000-0000-000000000000') AND site_id != '' AND event_type != '' AND event_date != toDate('1970-01-01')
  AND occurred_at BETWEEN '1970-01-01 00:00:00.001' AND '2100-01-01 00:00:00'
  AND created_at BETWEEN '1970-01-01 00:00:00.001' AND '2100-01-01 00:00:00';
