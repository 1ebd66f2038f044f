-- Where every event enters, from the queue or from the direct sink, and the log of events behind the view `events`.
-- Delivery is at least once: the same event_id may come again, in another block or on another day. The first arrival counts.

CREATE TABLE IF NOT EXISTS events_incoming
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
COMMENT 'The one door: holds nothing, feeds every view; queue_error is set for a message that could not be read';

CREATE TABLE IF NOT EXISTS events_log
(
  event_id        UUID COMMENT 'The event''s identity: the client''s UUID, or a UUIDv7 stamped by the edge; the same id counts once',
  site_id         LowCardinality(String) COMMENT 'The registered site the event belongs to',
  event_type      LowCardinality(String) COMMENT 'visit, registration, deposit, page_view, click, hover, … or a name of the site’s own',
  player_id       String COMMENT 'The player or user, as the brand knows them; empty while anonymous',
  banner_tag      LowCardinality(String) COMMENT 'The campaign or affiliate tag that gets the credit',
  visitor_id      String COMMENT 'The anonymous first-party visitor',
  session_id      String COMMENT 'The visitor''s session',
  occurred_at     DateTime64(3, 'UTC') COMMENT 'When it happened by the client''s clock, clamped to a window around the edge''s; ms',
  created_at      DateTime64(3, 'UTC') COMMENT 'When the edge took the event, by its clock; ms',
  event_date      Date COMMENT 'The day of occurred_at in the site''s time zone',
  domain          LowCardinality(String) COMMENT 'Host name of the page, lower case',
  path            String COMMENT 'Path of the page, with its query',
  referrer        String COMMENT 'The page that led here',
  viewport_width  UInt16 COMMENT 'Width of the page''s viewport; CSS pixels, 0 unknown',
  viewport_height UInt16 COMMENT 'Height of the page''s viewport; CSS pixels, 0 unknown',
  amount          Nullable(Decimal(28, 8)) COMMENT 'Amount of a deposit or purchase, exact, in currency; NULL when none was sent',
  currency        LowCardinality(String) COMMENT 'ISO 4217 code (or a coin’s ticker) of amount, upper case',
  transaction_id  String COMMENT 'The brand''s id of the payment; one transaction counts once',
  metadata        String COMMENT 'Everything else the client sent, as one bounded JSON object (for example s and b)',
  source_ip       String COMMENT 'Client address, as the site''s policy keeps it: whole, truncated or hashed',
  user_agent      String COMMENT 'The client''s User-Agent header',
  country         LowCardinality(String) COMMENT 'ISO 3166 code from the address; empty unknown',
  device          LowCardinality(String) COMMENT 'desktop, mobile, tablet, tv, … ; empty unknown',
  browser         LowCardinality(String) COMMENT 'Browser family from user_agent',
  os              LowCardinality(String) COMMENT 'Operating system from user_agent',
  is_bot          Bool COMMENT 'The user agent is a known bot; marked, never dropped',
  first_wins      UInt64 COMMENT 'Larger the earlier created_at is, so that of one event_id the first arrival stays',
  INDEX player_id_filter player_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(first_wins)
PARTITION BY toYYYYMM(event_date)
ORDER BY (site_id, event_date, event_type, event_id)
COMMENT 'Raw events as they arrived; query `events`, which shows each once';

CREATE MATERIALIZED VIEW IF NOT EXISTS events_incoming_to_log TO events_log AS
SELECT
  event_id, site_id, event_type, player_id, banner_tag, visitor_id, session_id, occurred_at,
  created_at, event_date, domain, path, referrer, viewport_width, viewport_height, amount, currency,
  transaction_id, metadata, source_ip, user_agent, country, device, browser, os, is_bot,
  4102444800000 - toUnixTimestamp64Milli(created_at) AS first_wins
FROM events_incoming
WHERE queue_error = '';

CREATE VIEW IF NOT EXISTS events
(
  event_id        UUID COMMENT 'The event''s identity: the client''s UUID, or a UUIDv7 stamped by the edge; the same id counts once',
  site_id         LowCardinality(String) COMMENT 'The registered site the event belongs to',
  event_type      LowCardinality(String) COMMENT 'visit, registration, deposit, page_view, click, hover, … or a name of the site’s own',
  player_id       String COMMENT 'The player or user, as the brand knows them; empty while anonymous',
  banner_tag      LowCardinality(String) COMMENT 'The campaign or affiliate tag that gets the credit',
  visitor_id      String COMMENT 'The anonymous first-party visitor',
  session_id      String COMMENT 'The visitor''s session',
  occurred_at     DateTime64(3, 'UTC') COMMENT 'When it happened by the client''s clock, clamped to a window around the edge''s; ms',
  created_at      DateTime64(3, 'UTC') COMMENT 'When the edge took the event, by its clock; ms',
  event_date      Date COMMENT 'The day of occurred_at in the site''s time zone',
  domain          LowCardinality(String) COMMENT 'Host name of the page, lower case',
  path            String COMMENT 'Path of the page, with its query',
  referrer        String COMMENT 'The page that led here',
  viewport_width  UInt16 COMMENT 'Width of the page''s viewport; CSS pixels, 0 unknown',
  viewport_height UInt16 COMMENT 'Height of the page''s viewport; CSS pixels, 0 unknown',
  amount          Nullable(Decimal(28, 8)) COMMENT 'Amount of a deposit or purchase, exact, in currency; NULL when none was sent',
  currency        LowCardinality(String) COMMENT 'ISO 4217 code (or a coin’s ticker) of amount, upper case',
  transaction_id  String COMMENT 'The brand''s id of the payment; one transaction counts once',
  metadata        String COMMENT 'Everything else the client sent, as one bounded JSON object (for example s and b)',
  source_ip       String COMMENT 'Client address, as the site''s policy keeps it: whole, truncated or hashed',
  user_agent      String COMMENT 'The client''s User-Agent header',
  country         LowCardinality(String) COMMENT 'ISO 3166 code from the address; empty unknown',
  device          LowCardinality(String) COMMENT 'desktop, mobile, tablet, tv, … ; empty unknown',
  browser         LowCardinality(String) COMMENT 'Browser family from user_agent',
  os              LowCardinality(String) COMMENT 'Operating system from user_agent',
  is_bot          Bool COMMENT 'The user agent is a known bot; marked, never dropped'
)
AS SELECT
  event_id, site_id, event_type, player_id, banner_tag, visitor_id, session_id, occurred_at,
  created_at, event_date, domain, path, referrer, viewport_width, viewport_height, amount, currency,
  transaction_id, metadata, source_ip, user_agent, country, device, browser, os, is_bot
FROM events_log FINAL;

-- What tables of facts are made from (players, visitors, payments, clocks, traffic). Each has views of its own, and every view behind the
-- door costs each block some milliseconds, however few events it has. So the door only puts what they need here, and the job
-- `facts` hands it on every other second, in few large blocks: it moves whatever stands in fact_arrivals to fact_arrivals_taken, all at once,
-- inserts it into facts_incoming, which holds nothing and feeds those views, and empties it. Killed in between, it begins with what it had taken.

CREATE TABLE IF NOT EXISTS fact_arrivals
(
  event_id       UUID COMMENT 'The event',
  site_id        LowCardinality(String) COMMENT 'The registered site',
  event_type     LowCardinality(String) COMMENT 'Type of the event',
  player_id      String COMMENT 'The player; empty while anonymous',
  banner_tag     LowCardinality(String) COMMENT 'Banner of the event',
  visitor_id     String COMMENT 'The anonymous first-party visitor',
  occurred_at    DateTime64(3, 'UTC') COMMENT 'When it happened',
  created_at     DateTime64(3, 'UTC') COMMENT 'When the edge took the event',
  event_date     Date COMMENT 'Day in the time zone of the site',
  amount         Nullable(Decimal(28, 8)) COMMENT 'Amount of a deposit or purchase',
  currency       LowCardinality(String) COMMENT 'Currency of amount',
  transaction_id String COMMENT 'The brand''s id of the payment',
  is_bot         Bool COMMENT 'A known bot',
  was_clamped    Bool COMMENT 'The client''s time was too far off to be believed'
)
ENGINE = MergeTree
ORDER BY tuple()
COMMENT 'Events whose facts are not taken up yet';

CREATE TABLE IF NOT EXISTS fact_arrivals_taken
(
  event_id       UUID COMMENT 'The event',
  site_id        LowCardinality(String) COMMENT 'The registered site',
  event_type     LowCardinality(String) COMMENT 'Type of the event',
  player_id      String COMMENT 'The player; empty while anonymous',
  banner_tag     LowCardinality(String) COMMENT 'Banner of the event',
  visitor_id     String COMMENT 'The anonymous first-party visitor',
  occurred_at    DateTime64(3, 'UTC') COMMENT 'When it happened',
  created_at     DateTime64(3, 'UTC') COMMENT 'When the edge took the event',
  event_date     Date COMMENT 'Day in the time zone of the site',
  amount         Nullable(Decimal(28, 8)) COMMENT 'Amount of a deposit or purchase',
  currency       LowCardinality(String) COMMENT 'Currency of amount',
  transaction_id String COMMENT 'The brand''s id of the payment',
  is_bot         Bool COMMENT 'A known bot',
  was_clamped    Bool COMMENT 'The client''s time was too far off to be believed'
)
ENGINE = MergeTree
ORDER BY tuple()
COMMENT 'What the job facts is taking up now';

CREATE TABLE IF NOT EXISTS facts_incoming
(
  event_id       UUID,
  site_id        LowCardinality(String),
  event_type     LowCardinality(String),
  player_id      String,
  banner_tag     LowCardinality(String),
  visitor_id     String,
  occurred_at    DateTime64(3, 'UTC'),
  created_at     DateTime64(3, 'UTC'),
  event_date     Date,
  amount         Nullable(Decimal(28, 8)),
  currency       LowCardinality(String),
  transaction_id String,
  is_bot         Bool,
  was_clamped    Bool
)
ENGINE = Null
COMMENT 'The door to the tables of facts: holds nothing, feeds their views';

CREATE MATERIALIZED VIEW IF NOT EXISTS events_incoming_to_fact_arrivals TO fact_arrivals AS
SELECT
  event_id, site_id, event_type, player_id, banner_tag, visitor_id, occurred_at, created_at, event_date, amount, currency, transaction_id, is_bot,
  position(metadata, '"client_occurred_at"') > 0 AS was_clamped
FROM events_incoming
WHERE queue_error = '';
