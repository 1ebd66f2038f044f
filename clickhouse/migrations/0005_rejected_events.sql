-- What does not count, and why: refused by the edge, or not parsed from the queue. Redelivery finds the same key again.

CREATE TABLE IF NOT EXISTS rejected_events_log
(
  rejected_id     UUID COMMENT 'Identity of the refusal, so that redelivery finds it again; zero for what the queue could not parse',
  rejected_at     DateTime64(3, 'UTC') COMMENT 'When it was refused',
  source          LowCardinality(String) COMMENT 'edge: refused at the door; queue: could not be parsed from the topic',
  reason          LowCardinality(String) COMMENT 'Stable reason code',
  site_id         LowCardinality(String) COMMENT 'The site, where it could be told',
  field           LowCardinality(String) COMMENT 'The offending field, where one is to blame',
  message         String COMMENT 'What is wrong, in words',
  raw             String COMMENT 'The offending text, cut to a bounded length',
  queue_topic     LowCardinality(String) COMMENT 'Topic of the message that carried it',
  queue_partition Int64 COMMENT 'Partition of that message',
  queue_offset    Int64 COMMENT 'Offset of that message',
  line            UInt32 COMMENT 'Line within that message, from 0'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(rejected_at)
ORDER BY (reason, queue_topic, queue_partition, queue_offset, line, rejected_id)
TTL toDateTime(rejected_at) + INTERVAL 90 DAY
COMMENT 'Rejected events as they were delivered; query `rejected_events`';

CREATE MATERIALIZED VIEW IF NOT EXISTS events_incoming_to_rejected TO rejected_events_log AS
SELECT
  toUUID('00000000-0000-0000-0000-000000000000') AS rejected_id,
  now64(3, 'UTC') AS rejected_at,
  'queue' AS source,
  'unparsable' AS reason,
  '' AS site_id,
  '' AS field,
  queue_error AS message,
  substring(queue_raw, 1, 65536) AS raw,
  queue_topic,
  queue_partition,
  queue_offset,
  toUInt32(0) AS line
FROM events_incoming
WHERE queue_error != '';

CREATE VIEW IF NOT EXISTS rejected_events
(
  rejected_id     UUID COMMENT 'Identity of the refusal, so that redelivery finds it again; zero for what the queue could not parse',
  rejected_at     DateTime64(3, 'UTC') COMMENT 'When it was refused',
  source          String COMMENT 'edge: refused at the door; queue: could not be parsed from the topic',
  reason          String COMMENT 'Stable reason code',
  site_id         String COMMENT 'The site, where it could be told',
  field           String COMMENT 'The offending field, where one is to blame',
  message         String COMMENT 'What is wrong, in words',
  raw             String COMMENT 'The offending text, cut to a bounded length',
  queue_topic     String COMMENT 'Topic of the message that carried it',
  queue_partition Int64 COMMENT 'Partition of that message',
  queue_offset    Int64 COMMENT 'Offset of that message',
  line            UInt32 COMMENT 'Line within that message, from 0'
)
AS SELECT rejected_id, rejected_at, source, reason, site_id, field, message, raw, queue_topic, queue_partition, queue_offset, line
FROM rejected_events_log FINAL;
