-- Alerts: what people want to be told of, when it was so, who has seen it, and every message about it. The dashboard writes rules and
-- channels, the aggregator episodes and deliveries; a change is a new row. Where messages go to (addresses, webhooks and their secrets) is
-- sealed with a key that is not in ClickHouse: whoever reads these tables learns nothing to send with.

CREATE TABLE IF NOT EXISTS alert_rules_log
(
  rule_id    UUID COMMENT 'Identity of the rule',
  site_id    LowCardinality(String) COMMENT 'The site it watches',
  name       String COMMENT 'What people call it',
  kind       LowCardinality(String) COMMENT 'threshold, change, anomaly, broken_pixel or silence',
  definition String COMMENT 'What it watches and when it fires, as JSON; its fields depend on kind',
  channels   Array(UUID) COMMENT 'Where it is told: alert_channels',
  in_browser Bool COMMENT 'Open dashboards show a notification',
  enabled    Bool COMMENT 'false: paused',
  created_at DateTime64(3, 'UTC') COMMENT 'When it was made',
  created_by String COMMENT 'Who made it',
  updated_at DateTime64(3, 'UTC') COMMENT 'When this version was written',
  updated_by String COMMENT 'Who wrote it',
  deleted    Bool DEFAULT false COMMENT 'The rule is gone; its history stays'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY rule_id
COMMENT 'Every version of every alert rule; query `alert_rules`';

CREATE VIEW IF NOT EXISTS alert_rules
(
  rule_id    UUID COMMENT 'Identity of the rule',
  site_id    String COMMENT 'The site it watches',
  name       String COMMENT 'What people call it',
  kind       String COMMENT 'threshold, change, anomaly, broken_pixel or silence',
  definition String COMMENT 'What it watches and when it fires, as JSON; its fields depend on kind',
  channels   Array(UUID) COMMENT 'Where it is told: alert_channels',
  in_browser Bool COMMENT 'Open dashboards show a notification',
  enabled    Bool COMMENT 'false: paused',
  created_at DateTime64(3, 'UTC') COMMENT 'When it was made',
  created_by String COMMENT 'Who made it',
  updated_at DateTime64(3, 'UTC') COMMENT 'When it last changed',
  updated_by String COMMENT 'Who changed it'
)
AS SELECT rule_id, site_id, name, kind, definition, channels, in_browser, enabled, created_at, created_by, updated_at, updated_by
FROM alert_rules_log FINAL WHERE NOT deleted;

CREATE TABLE IF NOT EXISTS alert_channels_log
(
  channel_id UUID COMMENT 'Identity of the channel',
  site_id    LowCardinality(String) COMMENT 'The site whose rules may use it',
  name       String COMMENT 'What people call it',
  kind       LowCardinality(String) COMMENT 'email, slack or webhook',
  shown      String COMMENT 'What may be shown of where it leads: a host, or a shortened address',
  sealed     String COMMENT 'Where it leads, with its secrets; encrypted with the key of the install (AES-256-GCM), bound to channel_id',
  created_at DateTime64(3, 'UTC') COMMENT 'When it was made',
  updated_at DateTime64(3, 'UTC') COMMENT 'When this version was written',
  updated_by String COMMENT 'Who wrote it',
  deleted    Bool DEFAULT false COMMENT 'The channel is gone'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY channel_id
COMMENT 'Every version of every channel; query `alert_channels`';

CREATE VIEW IF NOT EXISTS alert_channels
(
  channel_id UUID COMMENT 'Identity of the channel',
  site_id    String COMMENT 'The site whose rules may use it',
  name       String COMMENT 'What people call it',
  kind       String COMMENT 'email, slack or webhook',
  shown      String COMMENT 'What may be shown of where it leads: a host, or a shortened address',
  created_at DateTime64(3, 'UTC') COMMENT 'When it was made',
  updated_at DateTime64(3, 'UTC') COMMENT 'When it last changed',
  updated_by String COMMENT 'Who changed it'
)
AS SELECT channel_id, site_id, name, kind, shown, created_at, updated_at, updated_by
FROM alert_channels_log FINAL WHERE NOT deleted;

CREATE TABLE IF NOT EXISTS alert_checks_log
(
  rule_id    UUID COMMENT 'The rule',
  checked_at DateTime64(3, 'UTC') COMMENT 'When it was looked at',
  at         DateTime64(3, 'UTC') COMMENT 'The instant it was judged for: events up to here',
  outcome    LowCardinality(String) COMMENT 'breach, between (neither far enough in nor out), clear, or unknown: too little to judge by',
  value      Nullable(Float64) COMMENT 'What was measured; NULL when there was nothing to measure',
  bound      Nullable(Float64) COMMENT 'What it was compared with',
  words      String COMMENT 'The same for a person',
  error      String COMMENT 'Why it could not be looked at; empty when it could'
)
ENGINE = ReplacingMergeTree(checked_at)
ORDER BY rule_id
TTL toDateTime(checked_at) + INTERVAL 90 DAY
COMMENT 'How each rule stood when the job `alerts` last looked; read it with FINAL';

CREATE TABLE IF NOT EXISTS alert_episodes_log
(
  alert_id    UUID COMMENT 'Identity of the episode: made of the rule, the subject and the episode before',
  rule_id     UUID COMMENT 'The rule',
  subject     String COMMENT 'Which of several it is about, for example a banner; empty when the rule has one only',
  sequence    UInt64 COMMENT 'Number of the episode of this rule and subject, from 1',
  site_id     LowCardinality(String) COMMENT 'The site',
  rule_name   String COMMENT 'Name of the rule when it fired',
  kind        LowCardinality(String) COMMENT 'Kind of the rule',
  status      LowCardinality(String) COMMENT 'pending: not yet for long enough; passed: it never was; firing; recovering: not yet well for long enough; resolved',
  since       DateTime64(3, 'UTC') COMMENT 'First instant it was so',
  opened_at   Nullable(DateTime64(3, 'UTC')) COMMENT 'When it fired; NULL while pending and when it passed',
  well_since  Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it is well again; NULL while it is not',
  resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was over',
  resolved_by LowCardinality(String) COMMENT 'recovered, paused or deleted (the rule); empty before',
  value       Nullable(Float64) COMMENT 'What was measured when it fired; before that at the last look',
  bound       Nullable(Float64) COMMENT 'What it was compared with',
  words       String COMMENT 'The same for a person',
  channels    Array(UUID) COMMENT 'Where it is told, as the rule said when it fired',
  in_browser  Bool COMMENT 'Open dashboards show a notification, as the rule said when it fired',
  judged_at   DateTime64(3, 'UTC') COMMENT 'The instant it was last judged for',
  version     UInt64 COMMENT 'Number of this version'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (rule_id, subject, sequence)
COMMENT 'Every version of every episode of every rule: at once the state of a rule and its history; query `alerts`';

CREATE VIEW IF NOT EXISTS alert_episodes
(
  alert_id    UUID COMMENT 'Identity of the episode',
  rule_id     UUID COMMENT 'The rule',
  subject     String COMMENT 'Which of several it is about, for example a banner; empty when the rule has one only',
  sequence    UInt64 COMMENT 'Number of the episode of this rule and subject, from 1',
  site_id     String COMMENT 'The site',
  rule_name   String COMMENT 'Name of the rule when it fired',
  kind        String COMMENT 'Kind of the rule',
  status      String COMMENT 'pending: not yet for long enough; passed: it never was; firing; recovering: not yet well for long enough; resolved',
  since       DateTime64(3, 'UTC') COMMENT 'First instant it was so',
  opened_at   Nullable(DateTime64(3, 'UTC')) COMMENT 'When it fired; NULL while pending and when it passed',
  well_since  Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it is well again; NULL while it is not',
  resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was over',
  resolved_by String COMMENT 'recovered, paused or deleted (the rule); empty before',
  value       Nullable(Float64) COMMENT 'What was measured when it fired; before that at the last look',
  bound       Nullable(Float64) COMMENT 'What it was compared with',
  words       String COMMENT 'The same for a person',
  channels    Array(UUID) COMMENT 'Where it is told, as the rule said when it fired',
  in_browser  Bool COMMENT 'Open dashboards show a notification, as the rule said when it fired',
  judged_at   DateTime64(3, 'UTC') COMMENT 'The instant it was last judged for',
  version     UInt64 COMMENT 'Number of this version'
)
AS SELECT alert_id, rule_id, subject, sequence, site_id, rule_name, kind, status, since, opened_at, well_since, resolved_at, resolved_by, value,
  bound, words, channels, in_browser, judged_at, version
FROM alert_episodes_log FINAL;

CREATE TABLE IF NOT EXISTS alert_acknowledgements_log
(
  alert_id        UUID COMMENT 'The alert',
  acknowledged_at DateTime64(3, 'UTC') COMMENT 'When',
  acknowledged_by String COMMENT 'Who has seen it',
  note            String COMMENT 'What they said about it'
)
ENGINE = ReplacingMergeTree(acknowledged_at)
ORDER BY alert_id
COMMENT 'Who has seen which alert; the newest word counts';

CREATE VIEW IF NOT EXISTS alerts
(
  alert_id        UUID COMMENT 'Identity of the alert',
  rule_id         UUID COMMENT 'The rule that fired',
  site_id         String COMMENT 'The site',
  rule_name       String COMMENT 'Name of the rule when it fired',
  kind            String COMMENT 'threshold, change, anomaly, broken_pixel or silence',
  subject         String COMMENT 'Which of several it is about, for example a banner; empty when the rule has one only',
  since           DateTime64(3, 'UTC') COMMENT 'First instant it was so',
  opened_at       DateTime64(3, 'UTC') COMMENT 'When it fired',
  resolved_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was over; NULL while it is not',
  resolved_by     String COMMENT 'recovered, paused or deleted (the rule); empty before',
  value           Nullable(Float64) COMMENT 'What was measured when it fired',
  bound           Nullable(Float64) COMMENT 'What it was compared with',
  words           String COMMENT 'The same for a person',
  acknowledged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When somebody had seen it; NULL when nobody has',
  acknowledged_by String COMMENT 'Who',
  note            String COMMENT 'What they said about it'
)
AS SELECT
  e.alert_id AS alert_id, e.rule_id AS rule_id, e.site_id AS site_id, e.rule_name AS rule_name, e.kind AS kind, e.subject AS subject,
  e.since AS since, assumeNotNull(e.opened_at) AS opened_at, e.resolved_at AS resolved_at, e.resolved_by AS resolved_by, e.value AS value,
  e.bound AS bound, e.words AS words,
  if(a.seen, a.acknowledged_at, NULL) AS acknowledged_at, a.acknowledged_by AS acknowledged_by, a.note AS note
FROM (SELECT * FROM alert_episodes WHERE opened_at IS NOT NULL) AS e
LEFT JOIN (SELECT alert_id, true AS seen, acknowledged_at, acknowledged_by, note FROM alert_acknowledgements_log FINAL) AS a
  ON a.alert_id = e.alert_id;

CREATE TABLE IF NOT EXISTS alert_deliveries_log
(
  delivery_id UUID COMMENT 'Identity of the message, and the key by which a receiver can tell a repetition; made of what is told and where',
  channel_id  UUID COMMENT 'Where it goes to: alert_channels',
  site_id     LowCardinality(String) COMMENT 'The site',
  kind        LowCardinality(String) COMMENT 'fired, resolved, test or report',
  alert_id    UUID COMMENT 'The alert it tells of; zero for tests and reports',
  payload     String COMMENT 'What it tells, as JSON',
  status      LowCardinality(String) COMMENT 'pending; sending: an attempt is under way, or died; sent; dead: given up',
  attempts    UInt32 COMMENT 'Attempts so far',
  next_at     DateTime64(3, 'UTC') COMMENT 'When it is due; of an attempt under way: when it counts as dead and is made again',
  error       String COMMENT 'Why the last attempt failed; empty when it did not',
  created_at  DateTime64(3, 'UTC') COMMENT 'When it was put here',
  updated_at  DateTime64(3, 'UTC') COMMENT 'When this version was written',
  version     UInt32 COMMENT 'Number of this version'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY delivery_id
TTL toDateTime(created_at) + INTERVAL 400 DAY
COMMENT 'Every version of every message; query `alert_deliveries`';

CREATE VIEW IF NOT EXISTS alert_deliveries
(
  delivery_id UUID COMMENT 'Identity of the message, and the key by which a receiver can tell a repetition',
  channel_id  UUID COMMENT 'Where it goes to: alert_channels',
  site_id     String COMMENT 'The site',
  kind        String COMMENT 'fired, resolved, test or report',
  alert_id    UUID COMMENT 'The alert it tells of; zero for tests and reports',
  payload     String COMMENT 'What it tells, as JSON',
  status      String COMMENT 'pending; sending: an attempt is under way, or died; sent; dead: given up',
  attempts    UInt32 COMMENT 'Attempts so far',
  next_at     DateTime64(3, 'UTC') COMMENT 'When it is due; of an attempt under way: when it counts as dead and is made again',
  error       String COMMENT 'Why the last attempt failed; empty when it did not',
  created_at  DateTime64(3, 'UTC') COMMENT 'When it was put here',
  updated_at  DateTime64(3, 'UTC') COMMENT 'When it last changed',
  version     UInt32 COMMENT 'Number of its version'
)
AS SELECT delivery_id, channel_id, site_id, kind, alert_id, payload, status, attempts, next_at, error, created_at, updated_at, version
FROM alert_deliveries_log FINAL;

CREATE TABLE IF NOT EXISTS report_subscriptions_log
(
  subscription_id UUID COMMENT 'Identity of the subscription',
  site_id         LowCardinality(String) COMMENT 'The site whose week is reported',
  channel_id      UUID COMMENT 'The e-mail channel it goes to',
  weekday         UInt8 COMMENT 'Day of the week it is sent on: 1 Monday … 7 Sunday',
  hour            UInt8 COMMENT 'Hour it is sent at, in the time zone of the site',
  created_at      DateTime64(3, 'UTC') COMMENT 'When it was made; weeks that were due before are not sent',
  updated_at      DateTime64(3, 'UTC') COMMENT 'When this version was written',
  updated_by      String COMMENT 'Who wrote it',
  deleted         Bool DEFAULT false COMMENT 'The subscription is gone'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY subscription_id
COMMENT 'Every version of every subscription to the weekly report; query `report_subscriptions`';

CREATE VIEW IF NOT EXISTS report_subscriptions
(
  subscription_id UUID COMMENT 'Identity of the subscription',
  site_id         String COMMENT 'The site whose week is reported',
  channel_id      UUID COMMENT 'The e-mail channel it goes to',
  weekday         UInt8 COMMENT 'Day of the week it is sent on: 1 Monday … 7 Sunday',
  hour            UInt8 COMMENT 'Hour it is sent at, in the time zone of the site',
  created_at      DateTime64(3, 'UTC') COMMENT 'When it was made; weeks that were due before are not sent',
  updated_at      DateTime64(3, 'UTC') COMMENT 'When it last changed',
  updated_by      String COMMENT 'Who changed it'
)
AS SELECT subscription_id, site_id, channel_id, weekday, hour, created_at, updated_at, updated_by
FROM report_subscriptions_log FINAL WHERE NOT deleted;
