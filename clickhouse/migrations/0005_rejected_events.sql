-- What does not count, and why: refused by the edge, or unreadable in the queue. Redelivery finds the same key again.
-- A replay writes a newer version of a row: what it became then is what `rejected_events` shows.

CREATE TABLE IF NOT EXISTS rejected_events_log
(
  rejected_id     UUID COMMENT 'Identity of the refusal, the same after redelivery: the edge''s, or made of topic, partition, offset and line',
  rejected_at     DateTime64(3, 'UTC') COMMENT 'When it was refused; of a line of the queue, when its message was written',
  source          LowCardinality(String) COMMENT 'edge: refused at the door; queue: unreadable in the topic',
  reason          LowCardinality(String) COMMENT 'Stable reason code; after a replay that failed, the newest',
  site_id         LowCardinality(String) COMMENT 'The site, where it could be told',
  field           LowCardinality(String) COMMENT 'The offending field, where one is to blame',
  message         String COMMENT 'What is wrong, in words',
  raw             String COMMENT 'The offending text, cut to a bounded length',
  sender          String COMMENT 'What the request told besides, as JSON: page, origin, agent, opt-out, the site of a server key; never the address',
  queue_topic     LowCardinality(String) COMMENT 'Topic of the message that carried it',
  queue_partition Int64 COMMENT 'Partition of that message',
  queue_offset    Int64 COMMENT 'Offset of that message',
  line            UInt32 COMMENT 'Line within that message, from 0',
  status          LowCardinality(String) DEFAULT 'rejected' COMMENT 'rejected: does not count; replayed: taken since, and counts',
  judged_at       DateTime64(3, 'UTC') DEFAULT rejected_at COMMENT 'When it was judged last: rejected_at, or the newest replay that changed the verdict'
)
ENGINE = ReplacingMergeTree(judged_at)
PARTITION BY toYYYYMM(rejected_at)
ORDER BY (rejected_at, rejected_id)
TTL toDateTime(rejected_at) + INTERVAL 90 DAY
COMMENT 'Rejected events as they were delivered and judged again; query `rejected_events`';

CREATE VIEW IF NOT EXISTS rejected_events
(
  rejected_id     UUID COMMENT 'Identity of the refusal, the same after redelivery: the edge''s, or made of topic, partition, offset and line',
  rejected_at     DateTime64(3, 'UTC') COMMENT 'When it was refused; of a line of the queue, when its message was written',
  source          LowCardinality(String) COMMENT 'edge: refused at the door; queue: unreadable in the topic',
  reason          LowCardinality(String) COMMENT 'Stable reason code; after a replay that failed, the newest',
  site_id         LowCardinality(String) COMMENT 'The site, where it could be told',
  field           LowCardinality(String) COMMENT 'The offending field, where one is to blame',
  message         String COMMENT 'What is wrong, in words',
  raw             String COMMENT 'The offending text, cut to a bounded length',
  sender          String COMMENT 'What the request told besides, as JSON: page, origin, agent, opt-out, the site of a server key; never the address',
  queue_topic     LowCardinality(String) COMMENT 'Topic of the message that carried it',
  queue_partition Int64 COMMENT 'Partition of that message',
  queue_offset    Int64 COMMENT 'Offset of that message',
  line            UInt32 COMMENT 'Line within that message, from 0',
  status          LowCardinality(String) COMMENT 'rejected: does not count; replayed: taken since, and counts',
  judged_at       DateTime64(3, 'UTC') COMMENT 'When it was judged last: rejected_at, or the newest replay that changed the verdict'
)
AS SELECT
  rejected_id, rejected_at, source, reason, site_id, field, message, raw, sender, queue_topic, queue_partition, queue_offset,
  line, status, judged_at
FROM rejected_events_log FINAL;
