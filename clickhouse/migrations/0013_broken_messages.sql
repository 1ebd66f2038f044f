-- A message of the queue with one unreadable line arrives whole, as text, good lines too. It is kept here; the job `broken-lines`
-- sends it through `broken_incoming`, which splits it into lines again and judges each alone: good ones enter by the same door as
-- all events, bad ones are kept in `rejected_events`. A job, because a view at the door would make every block of good events pay for it:
-- all views behind events_incoming would be set up twice. Only functions that cannot throw.

CREATE TABLE IF NOT EXISTS broken_messages
(
  received_at     DateTime64(3, 'UTC') COMMENT 'When ClickHouse took the message',
  queue_topic     LowCardinality(String) COMMENT 'Topic of the message',
  queue_partition Int64 COMMENT 'Partition of the message',
  queue_offset    Int64 COMMENT 'Offset of the message',
  queue_time      DateTime64(3, 'UTC') COMMENT 'When the message was written to the topic',
  error           String COMMENT 'What ClickHouse could not read',
  raw             String COMMENT 'The whole message; of an event without identity, the event'
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY received_at
TTL toDateTime(received_at) + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Messages that could not be read as a whole, as they were delivered';

CREATE TABLE IF NOT EXISTS judged_messages
(
  received_at     DateTime64(3, 'UTC') COMMENT 'When ClickHouse took the message',
  queue_topic     LowCardinality(String) COMMENT 'Topic of the message',
  queue_partition Int64 COMMENT 'Partition of the message',
  queue_offset    Int64 COMMENT 'Offset of the message',
  judged_at       DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When its lines had been judged'
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY received_at
TTL toDateTime(received_at) + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Which of broken_messages the job broken-lines is done with';

CREATE MATERIALIZED VIEW IF NOT EXISTS events_incoming_to_broken TO broken_messages AS
SELECT
  now64(3, 'UTC') AS received_at,
  queue_topic,
  queue_partition,
  queue_offset,
  queue_time,
  queue_error AS error,
  if(queue_raw != '', queue_raw, formatRowNoNewline('JSONEachRow',
    event_id, site_id, event_type, player_id, banner_tag, visitor_id, session_id, occurred_at, created_at, event_date, domain, path,
    referrer, amount, currency, transaction_id, metadata)) AS raw
FROM events_incoming
WHERE queue_error != '';

CREATE TABLE IF NOT EXISTS broken_incoming
(
  queue_topic     LowCardinality(String),
  queue_partition Int64,
  queue_offset    Int64,
  queue_time      DateTime64(3, 'UTC'),
  raw             String
)
ENGINE = Null
COMMENT 'Broken messages on their way to being judged line by line; holds nothing';

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

CREATE MATERIALIZED VIEW IF NOT EXISTS broken_incoming_to_lines TO event_lines AS
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
  -- What JSONEachRow fills in for what is absent is absent too.
  arrayFirst(i -> texts[i] IN ('', '00000000-0000-0000-0000-000000000000', '1970-01-01'), [1, 2, 3, 8, 9, 10]) AS missing
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
    missing > 0, 'missing_field',
    bad > 0, 'bad_field',
    '') AS reason,
  multiIf(
    reason = 'duplicate_field', twice,
    reason = 'bad_field', names[bad],
    reason = 'missing_field', names[missing],
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
      toUInt32(number - 1) AS line,
      text,
      JSONType(text) = 'Object' AND isValidJSON(text) AS is_object,
      if(is_object, JSONExtractKeysAndValuesRaw(text), []) AS pairs,
      [
        'event_id', 'site_id', 'event_type', 'player_id', 'banner_tag', 'visitor_id', 'session_id', 'occurred_at',
        'created_at', 'event_date', 'domain', 'path', 'referrer', 'viewport_width', 'viewport_height', 'amount', 'currency',
        'transaction_id', 'metadata', 'source_ip', 'user_agent', 'country', 'device', 'browser', 'os', 'is_bot'
      ] AS names
    FROM
    (
      -- 1. The lines of a message. Broken UTF-8 is mended, or no JSON could be read around it.
      SELECT queue_topic, queue_partition, queue_offset, queue_time, splitByChar('\n', toValidUTF8(raw)) AS lines
      FROM broken_incoming
    )
    ARRAY JOIN lines AS text, arrayEnumerate(lines) AS number
    WHERE trimBoth(text) NOT IN ('', '\r')
  )
);
