-- What a campaign costs, as people enter it: for a banner, or for every banner that begins with something, over some days. A change is a
-- new row; the newest version counts. A cost is spread evenly over its days in whole parts (cents where the currency has them): the days
-- before a moment hold the share of the time that has passed, rounded down, so that all days together are the cost to the last cent.

CREATE TABLE IF NOT EXISTS costs_log
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  cost_id    UUID COMMENT 'Identity of the cost',
  banner_tag String COMMENT 'The banner it was paid for, or what the banners it was paid for begin with',
  is_prefix  Bool COMMENT 'It was paid for every banner that begins with banner_tag',
  from_day   Date COMMENT 'First day it is spread over, in the time zone of the site',
  to_day     Date COMMENT 'Last day it is spread over',
  amount     Decimal(28, 8) COMMENT 'What was paid, exact, in currency',
  currency   LowCardinality(String) COMMENT 'ISO 4217 code (or a coin’s ticker) of amount, upper case',
  decimals   UInt8 COMMENT 'Decimals of the smallest part a day can hold: 2 are cents; at most 8',
  note       String COMMENT 'What the one who entered it wants to be remembered',
  changed_by String COMMENT 'Who wrote this version',
  deleted    Bool DEFAULT false COMMENT 'The cost was removed',
  updated_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this version was written'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (site_id, cost_id)
COMMENT 'Every version of every cost; query `costs`';

CREATE VIEW IF NOT EXISTS costs
(
  site_id    String COMMENT 'The registered site',
  cost_id    UUID COMMENT 'Identity of the cost',
  banner_tag String COMMENT 'The banner it was paid for, or what the banners it was paid for begin with',
  is_prefix  Bool COMMENT 'It was paid for every banner that begins with banner_tag',
  from_day   Date COMMENT 'First day it is spread over, in the time zone of the site',
  to_day     Date COMMENT 'Last day it is spread over',
  amount     Decimal(28, 8) COMMENT 'What was paid, exact, in currency',
  currency   String COMMENT 'Currency of amount',
  decimals   UInt8 COMMENT 'Decimals of the smallest part a day can hold: 2 are cents',
  note       String COMMENT 'What the one who entered it wants to be remembered',
  changed_by String COMMENT 'Who last changed it',
  updated_at DateTime64(3, 'UTC') COMMENT 'When it was last changed'
)
AS SELECT site_id, cost_id, banner_tag, is_prefix, from_day, to_day, amount, currency, decimals, note, changed_by, updated_at
FROM costs_log FINAL
WHERE NOT deleted;

CREATE VIEW IF NOT EXISTS daily_costs
(
  site_id    String COMMENT 'The registered site',
  event_date Date COMMENT 'Day in the time zone of the site',
  cost_id    UUID COMMENT 'The cost',
  banner_tag String COMMENT 'The banner it was paid for, or what the banners it was paid for begin with',
  is_prefix  Bool COMMENT 'It was paid for every banner that begins with banner_tag',
  currency   String COMMENT 'Currency of amount',
  amount     Decimal(38, 8) COMMENT 'The day''s part of the cost, exact; all days add up to the cost'
)
AS SELECT
  site_id,
  addDays(from_day, day_index) AS event_date,
  cost_id,
  banner_tag,
  is_prefix,
  currency,
  -- Whole parts: of 100.00 over three days 33.33, 33.33 and 33.34.
  toDecimal128(
    toDecimal256((intDivOrZero(parts * (day_index + 1), days) - intDivOrZero(parts * day_index, days)) * part, 8) / 100000000,
    8) AS amount
FROM
(
  SELECT
    site_id, cost_id, banner_tag, is_prefix, currency, from_day,
    toInt256(greatest(0, least(36600, toInt32(to_day) - toInt32(from_day) + 1))) AS days,
    toInt256(exp10(8 - least(decimals, 8))) AS part,
    intDivOrZero(toInt256(toDecimal256(costs.amount, 8) * 100000000), part) AS parts,
    arrayJoin(range(toUInt32(days))) AS day_index
  FROM costs
);
