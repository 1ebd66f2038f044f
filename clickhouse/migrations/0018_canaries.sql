-- Canaries: events of rtpx's own, one a minute through each edge, to see how long the way into the tables takes. The door marks them, so that
-- no view of the events takes them; they land beside the broken messages, which costs the door no view more.

ALTER TABLE broken_messages MODIFY COMMENT 'Messages that could not be read as a whole, as they were delivered; and canaries, whose error is canary';

CREATE VIEW IF NOT EXISTS canaries
(
  event_id   UUID COMMENT 'The canary',
  edge       String COMMENT 'The edge it went through, as the sender calls it',
  created_at DateTime64(3, 'UTC') COMMENT 'When the edge took it, by its clock',
  arrived_at DateTime64(3, 'UTC') COMMENT 'When ClickHouse had it, by its clock'
)
AS SELECT
  toUUIDOrZero(JSONExtractString(raw, 'event_id')) AS event_id,
  JSONExtractString(raw, 'domain') AS edge,
  parseDateTime64BestEffortOrZero(JSONExtractString(raw, 'created_at'), 3, 'UTC') AS created_at,
  min(received_at) AS arrived_at
FROM broken_messages
WHERE error = 'canary'
GROUP BY event_id, edge, created_at;
