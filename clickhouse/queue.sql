-- The doors to Kafka: not numbered, because they hold no data (the broker keeps the offsets) and follow the configuration.
-- Each has one view behind it, so no message can pass while only some of the views are attached.

-- Plain texts: making a LowCardinality of them row by row, as they are read, costs five times what the view's cast of a whole block does.
CREATE TABLE events_queue
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
  is_bot          Bool
)
ENGINE = Kafka
SETTINGS
  kafka_broker_list = '{{brokers}}',
  kafka_topic_list = 'events_queue',
  kafka_group_name = 'rtpx_events',
  kafka_format = 'JSONEachRow',
  kafka_handle_error_mode = 'stream',
  kafka_num_consumers = {{consumers}},
  kafka_thread_per_consumer = {{thread_per_consumer}},
  kafka_flush_interval_ms = 100,
  kafka_poll_timeout_ms = 50,
  kafka_consumer_reschedule_ms = 20,
  kafka_poll_max_batch_size = 256;

-- A row that lacks what makes it an event is as good as unreadable: JSONEachRow fills in what is absent or null. A canary is
-- rtpx's own: it lands in broken_messages, marked.
CREATE MATERIALIZED VIEW events_queue_to_incoming TO events_incoming AS
SELECT
  event_id, site_id, event_type, player_id, banner_tag, visitor_id, session_id, occurred_at,
  created_at, event_date, domain, path, referrer, viewport_width, viewport_height, amount, currency,
  transaction_id, metadata, source_ip, user_agent, country, device, browser, os, is_bot,
  _topic AS queue_topic,
  toInt64(_partition) AS queue_partition,
  toInt64(_offset) AS queue_offset,
  ifNull(_timestamp_ms, now64(3, 'UTC')) AS queue_time,
  multiIf(
    _error != '', _error,
    site_id = '_canary', 'canary',
    event_id = toUUID('00000000-0000-0000-0000-000000000000') OR site_id = '' OR event_type = '' OR event_date = toDate('1970-01-01')
      OR NOT (occurred_at BETWEEN '1970-01-01 00:00:00.001' AND '2100-01-01 00:00:00')
      OR NOT (created_at BETWEEN '1970-01-01 00:00:00.001' AND '2100-01-01 00:00:00'), 'an event without its identity',
    '') AS queue_error,
  _raw_message AS queue_raw
FROM events_queue;

CREATE TABLE rejected_queue
(
  rejected_id UUID,
  rejected_at DateTime64(3, 'UTC'),
  source      LowCardinality(String),
  reason      LowCardinality(String),
  site_id     LowCardinality(String),
  field       LowCardinality(String),
  message     String,
  raw         String,
  sender      String
)
ENGINE = Kafka
SETTINGS
  kafka_broker_list = '{{brokers}}',
  kafka_topic_list = 'events_rejected',
  kafka_group_name = 'rtpx_rejected',
  kafka_format = 'JSONEachRow',
  kafka_handle_error_mode = 'stream',
  kafka_flush_interval_ms = 500;

-- A report that cannot be read is kept as it is, so that nothing disappears in silence.
CREATE MATERIALIZED VIEW rejected_queue_to_log TO rejected_events_log AS
SELECT
  if(_error = '', rejected_id, reinterpretAsUUID(sipHash128(_topic, _partition, _offset))) AS rejected_id,
  if(_error = '', rejected_at, ifNull(_timestamp_ms, now64(3, 'UTC'))) AS rejected_at,
  if(_error = '', toString(source), 'queue') AS source,
  if(_error = '', toString(reason), 'bad_json') AS reason,
  site_id, field,
  if(_error = '', message, 'a report of the edge that cannot be read') AS message,
  if(_error = '', raw, toValidUTF8(substring(_raw_message, 1, 8192))) AS raw,
  sender,
  _topic AS queue_topic, toInt64(_partition) AS queue_partition, toInt64(_offset) AS queue_offset,
  toUInt32(0) AS line,
  'rejected' AS status,
  rejected_at AS judged_at
FROM rejected_queue;
