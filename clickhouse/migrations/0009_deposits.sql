-- Money: each deposit and purchase once. Its identity is its transaction_id (or event_id without one) on its site; of several events
-- of one transaction the first to arrive at an edge counts (created_at, ties by event_id), so an amount that was
-- counted never changes because a contradiction arrives later, and the order of delivery does not matter. Minima only.

CREATE TABLE IF NOT EXISTS payments_incoming
(
  site_id     LowCardinality(String),
  event_type  LowCardinality(String),
  payment_id  String,
  event_id    UUID,
  player_id   String,
  banner_tag  String,
  amount      Decimal(28, 8),
  has_amount  Bool,
  currency    String,
  occurred_at DateTime64(3, 'UTC'),
  created_at  DateTime64(3, 'UTC'),
  event_date  Date
)
ENGINE = Null
COMMENT 'The deposits and purchases among events_incoming: holds nothing, feeds the tables of payments';

CREATE TABLE IF NOT EXISTS payment_days
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_date Date COMMENT 'Day of the event in the time zone of the site',
  event_type LowCardinality(String) COMMENT 'deposit or purchase',
  payment_id String COMMENT 'transaction_id, or event_id without one',
  first      SimpleAggregateFunction(min, Tuple(created_at DateTime64(3, 'UTC'), event_id UUID, occurred_at DateTime64(3, 'UTC'), player_id String, banner_tag String, currency String, amount Decimal(28, 8), has_amount Bool))
             COMMENT 'The first of its events that arrived with this day (ties by event_id)'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(event_date)
ORDER BY (site_id, event_date, event_type, payment_id)
COMMENT 'One row per site, day and transaction; a transaction seen with two days counts on the one payment_places names';

CREATE TABLE IF NOT EXISTS payment_variants
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_type LowCardinality(String) COMMENT 'deposit or purchase',
  payment_id String COMMENT 'transaction_id, or event_id without one',
  event_date Date COMMENT 'Day of the event in the time zone of the site',
  player_id  String COMMENT 'The player',
  currency   LowCardinality(String) COMMENT 'Currency; may be empty',
  amount     Decimal(28, 8) COMMENT 'Exact amount; 0 when none was sent',
  has_amount Bool COMMENT 'An amount was sent',
  first      SimpleAggregateFunction(min, Tuple(created_at DateTime64(3, 'UTC'), event_id UUID, occurred_at DateTime64(3, 'UTC')))
             COMMENT 'The first of the events that say so (ties by event_id)'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, event_type, payment_id, event_date, player_id, currency, amount, has_amount)
SETTINGS index_granularity = 1024
COMMENT 'What was ever said of a transaction: several rows of one are a conflict, a second day or a second player';

CREATE TABLE IF NOT EXISTS payment_players
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  player_id  String COMMENT 'The player',
  event_type LowCardinality(String) COMMENT 'deposit or purchase',
  payment_id String COMMENT 'transaction_id, or event_id without one',
  first      SimpleAggregateFunction(min, Tuple(created_at DateTime64(3, 'UTC'), event_id UUID, currency String, amount Decimal(28, 8), has_amount Bool))
             COMMENT 'The first of its events that names this player (ties by event_id)'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, player_id, event_type, payment_id)
SETTINGS index_granularity = 1024
COMMENT 'The transactions of each player; one seen with two players counts for the one payment_places names';

CREATE TABLE IF NOT EXISTS payment_changes
(
  changed_at DateTime64(3, 'UTC') COMMENT 'When the event arrived',
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_type LowCardinality(String) COMMENT 'deposit or purchase',
  payment_id String COMMENT 'transaction_id, or event_id without one'
)
ENGINE = MergeTree
PARTITION BY toDate(changed_at)
ORDER BY (changed_at, site_id, event_type, payment_id)
TTL toDateTime(changed_at) + INTERVAL 2 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Which transactions were heard of lately, by time';

CREATE TABLE IF NOT EXISTS payment_day_changes
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_date Date COMMENT 'Day of the event in the time zone of the site',
  changed_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When an event, or a decision about one, last touched the day'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, event_date)
COMMENT 'Days with payments: one that changed after it was folded is read live';

CREATE TABLE IF NOT EXISTS payment_places
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_type LowCardinality(String) COMMENT 'deposit or purchase',
  payment_id String COMMENT 'transaction_id, or event_id without one',
  first      SimpleAggregateFunction(min, Tuple(created_at DateTime64(3, 'UTC'), event_id UUID, event_date Date, player_id String))
             COMMENT 'The first event of the transaction: the day and the player it counts for',
  placed_at  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When the aggregator said so'
)
ENGINE = AggregatingMergeTree
ORDER BY (site_id, event_type, payment_id)
COMMENT 'Only transactions seen with two days or two players: where each counts; written by the aggregator';

CREATE TABLE IF NOT EXISTS payment_day_sums
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_date Date COMMENT 'Day in the time zone of the site',
  sums       Array(Tuple(event_type LowCardinality(String), currency LowCardinality(String), banner_tag LowCardinality(String), amount Decimal(38, 8), count UInt64))
             COMMENT 'The day''s payments by type, currency and banner: exact sum and number',
  folded_at  DateTime64(3, 'UTC') COMMENT 'Everything that touched the day before this is in the sums'
)
ENGINE = ReplacingMergeTree(folded_at)
ORDER BY (site_id, event_date)
COMMENT 'Folded days: one row each, replaced as a whole when the day changes';

CREATE MATERIALIZED VIEW IF NOT EXISTS payments_incoming_to_days TO payment_days AS
SELECT site_id, event_date, event_type, payment_id,
  min(tuple(created_at, event_id, occurred_at, player_id, banner_tag, currency, amount, has_amount)) AS first
FROM payments_incoming
GROUP BY site_id, event_date, event_type, payment_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS payments_incoming_to_variants TO payment_variants AS
SELECT site_id, event_type, payment_id, event_date, player_id, currency, amount, has_amount,
  min(tuple(created_at, event_id, occurred_at)) AS first
FROM payments_incoming
GROUP BY site_id, event_type, payment_id, event_date, player_id, currency, amount, has_amount;

CREATE MATERIALIZED VIEW IF NOT EXISTS payments_incoming_to_players TO payment_players AS
SELECT site_id, player_id, event_type, payment_id,
  min(tuple(created_at, event_id, currency, amount, has_amount)) AS first
FROM payments_incoming
WHERE player_id != ''
GROUP BY site_id, player_id, event_type, payment_id;

CREATE MATERIALIZED VIEW IF NOT EXISTS payments_incoming_to_changes TO payment_changes AS
SELECT DISTINCT now64(3, 'UTC') AS changed_at, site_id, event_type, payment_id
FROM payments_incoming;

CREATE MATERIALIZED VIEW IF NOT EXISTS payments_incoming_to_day_changes TO payment_day_changes AS
SELECT site_id, event_date, max(now64(3, 'UTC')) AS changed_at
FROM payments_incoming
GROUP BY site_id, event_date;

-- Made after what it feeds, so that no event passes while only some of them are there.
CREATE MATERIALIZED VIEW IF NOT EXISTS facts_incoming_to_payments TO payments_incoming AS
SELECT
  site_id,
  event_type,
  if(transaction_id != '', transaction_id, toString(event_id)) AS payment_id,
  event_id,
  player_id,
  toString(banner_tag) AS banner_tag,
  ifNull(facts_incoming.amount, 0) AS amount,
  isNotNull(facts_incoming.amount) AS has_amount,
  toString(currency) AS currency,
  occurred_at,
  created_at,
  event_date
FROM facts_incoming
WHERE event_type IN ('deposit', 'purchase');

CREATE VIEW IF NOT EXISTS payments
(
  site_id     String COMMENT 'The registered site',
  event_date  Date COMMENT 'Day it counts on, in the time zone of the site',
  event_type  String COMMENT 'deposit or purchase',
  payment_id  String COMMENT 'transaction_id, or event_id without one',
  event_id    UUID COMMENT 'The event that counts: the first of the transaction to arrive',
  player_id   String COMMENT 'The player',
  banner_tag  String COMMENT 'The banner that gets the credit',
  amount      Nullable(Decimal(28, 8)) COMMENT 'Exact amount; NULL when none was sent',
  currency    String COMMENT 'Currency; may be empty',
  occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened',
  created_at  DateTime64(3, 'UTC') COMMENT 'When the edge took it'
)
-- identity: read as a subcolumn, an element of `first` would come from any part instead of from the merged minimum.
AS SELECT
  site_id, event_date, event_type, payment_id,
  tupleElement(identity(first), 'event_id') AS event_id,
  tupleElement(identity(first), 'player_id') AS player_id,
  tupleElement(identity(first), 'banner_tag') AS banner_tag,
  if(tupleElement(identity(first), 'has_amount'), tupleElement(identity(first), 'amount'), NULL) AS amount,
  tupleElement(identity(first), 'currency') AS currency,
  tupleElement(identity(first), 'occurred_at') AS occurred_at,
  tupleElement(identity(first), 'created_at') AS created_at
FROM payment_days FINAL
WHERE (site_id, event_type, payment_id) NOT IN (SELECT site_id, event_type, payment_id FROM payment_places)
   OR (site_id, event_type, payment_id, event_date) IN (
     SELECT site_id, event_type, payment_id, tupleElement(min(first), 'event_date')
     FROM payment_places GROUP BY site_id, event_type, payment_id);

CREATE VIEW IF NOT EXISTS deposits
(
  site_id     String COMMENT 'The registered site',
  event_date  Date COMMENT 'Day it counts on, in the time zone of the site',
  payment_id  String COMMENT 'transaction_id, or event_id without one',
  event_id    UUID COMMENT 'The event that counts: the first of the transaction to arrive',
  player_id   String COMMENT 'The player',
  banner_tag  String COMMENT 'The banner that gets the credit',
  amount      Nullable(Decimal(28, 8)) COMMENT 'Exact amount; NULL when none was sent',
  currency    String COMMENT 'Currency; may be empty',
  occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened',
  created_at  DateTime64(3, 'UTC') COMMENT 'When the edge took it'
)
AS SELECT site_id, event_date, payment_id, event_id, player_id, banner_tag, amount, currency, occurred_at, created_at
FROM payments
WHERE event_type = 'deposit';

CREATE VIEW IF NOT EXISTS deposit_conflicts
(
  site_id    String COMMENT 'The registered site',
  event_type String COMMENT 'deposit or purchase',
  payment_id String COMMENT 'transaction_id, or event_id without one',
  event_date Date COMMENT 'Day it counts on, in the time zone of the site',
  player_id  String COMMENT 'The player it counts for',
  event_id   UUID COMMENT 'The event that counts: the first to arrive',
  amount     Nullable(Decimal(28, 8)) COMMENT 'The amount that counts',
  currency   String COMMENT 'The currency that counts',
  variants   Array(Tuple(created_at DateTime64(3, 'UTC'), event_id UUID, currency String, amount Decimal(28, 8)))
             COMMENT 'Every amount and currency the transaction was sent with, in order of arrival; the first counts; at most 100'
)
AS SELECT
  site_id, event_type, payment_id,
  tupleElement(counted, 'event_date') AS event_date,
  tupleElement(counted, 'player_id') AS player_id,
  tupleElement(all_variants[1], 'event_id') AS event_id,
  if(tupleElement(counted, 'has_amount'), tupleElement(all_variants[1], 'amount'), NULL) AS amount,
  tupleElement(all_variants[1], 'currency') AS currency,
  arraySlice(all_variants, 1, 100) AS variants
FROM (
  SELECT site_id, event_type, payment_id, min(first_said) AS counted,
    arraySort(groupArray(CAST((tupleElement(first_said, 'created_at'), tupleElement(first_said, 'event_id'), currency, amount),
      'Tuple(created_at DateTime64(3, \'UTC\'), event_id UUID, currency String, amount Decimal(28, 8))'))) AS all_variants
  FROM (
    SELECT site_id, event_type, payment_id, toString(payment_variants.currency) AS currency, amount, has_amount,
      min(CAST((tupleElement(first, 'created_at'), tupleElement(first, 'event_id'), event_date, player_id, has_amount),
        'Tuple(created_at DateTime64(3, \'UTC\'), event_id UUID, event_date Date, player_id String, has_amount Bool)')) AS first_said
    FROM payment_variants
    GROUP BY site_id, event_type, payment_id, currency, amount, has_amount)
  GROUP BY site_id, event_type, payment_id
  HAVING count() > 1);

CREATE VIEW IF NOT EXISTS payment_open_days
(
  site_id    String COMMENT 'The registered site',
  event_date Date COMMENT 'A day that is not folded, or changed since, or was folded within the last ten seconds'
)
-- Folds reach back 30 s. A fold counts only once it is ten seconds old, so that no query sees a day as folded without its sums.
AS SELECT c.site_id, c.event_date
FROM (SELECT site_id, event_date, max(changed_at) AS changed FROM payment_day_changes GROUP BY site_id, event_date) AS c
LEFT JOIN (SELECT site_id, event_date, max(folded_at) AS folded FROM payment_day_sums GROUP BY site_id, event_date) AS f
  USING (site_id, event_date)
WHERE changed >= folded OR folded > now64(3) - INTERVAL 40 SECOND;

CREATE VIEW IF NOT EXISTS daily_amounts
(
  site_id    String COMMENT 'The registered site',
  event_date Date COMMENT 'Day in the time zone of the site',
  event_type String COMMENT 'deposit or purchase',
  currency   String COMMENT 'Currency of amount; may be empty',
  banner_tag String COMMENT 'The banner that gets the credit',
  amount     Decimal(38, 8) COMMENT 'Exact sum',
  count      UInt64 COMMENT 'Payments, each transaction once'
)
AS SELECT site_id, event_date,
  tupleElement(folded, 'event_type') AS event_type, tupleElement(folded, 'currency') AS currency,
  tupleElement(folded, 'banner_tag') AS banner_tag, tupleElement(folded, 'amount') AS amount, tupleElement(folded, 'count') AS count
FROM payment_day_sums FINAL
ARRAY JOIN sums AS folded
WHERE (site_id, event_date) NOT IN (SELECT site_id, event_date FROM payment_open_days)
UNION ALL
SELECT site_id, event_date, event_type, currency, banner_tag, sum(toDecimal128(ifNull(payments.amount, 0), 8)) AS amount, count() AS count
FROM payments
WHERE (site_id, event_date) IN (SELECT site_id, event_date FROM payment_open_days)
GROUP BY site_id, event_date, event_type, currency, banner_tag;
