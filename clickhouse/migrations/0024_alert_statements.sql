-- Alerts from saved statements: what a rule of the kind `query` asks, and with whose rights. The dashboard writes a row when a rule is
-- saved, and again when its author may no longer see what they saw then; the aggregator asks only what stands here unrefused.

CREATE TABLE IF NOT EXISTS alert_statements_log
(
  rule_id         UUID COMMENT 'The rule that watches the statement',
  organization_id String COMMENT 'The organization its author acted for',
  user_id         String COMMENT 'Its author: with whose rights it is asked',
  author          String COMMENT 'Name of the author',
  sql             String COMMENT 'The statement as it was when the rule was saved',
  place_values    String COMMENT 'Values of its places, as JSON',
  all_sites       Bool COMMENT 'The author saw every site',
  site_ids        Array(String) COMMENT 'The sites the author saw, without all_sites',
  refused         String COMMENT 'Why it is not asked any more; empty while it is',
  updated_at      DateTime64(3, 'UTC') COMMENT 'When this version was written'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY rule_id
COMMENT 'Every version of what rules of the kind query ask; query `alert_statements`';

CREATE VIEW IF NOT EXISTS alert_statements
(
  rule_id         UUID COMMENT 'The rule that watches the statement',
  organization_id String COMMENT 'The organization its author acted for',
  user_id         String COMMENT 'Its author: with whose rights it is asked',
  author          String COMMENT 'Name of the author',
  sql             String COMMENT 'The statement as it was when the rule was saved',
  place_values    String COMMENT 'Values of its places, as JSON',
  all_sites       Bool COMMENT 'The author saw every site',
  site_ids        Array(String) COMMENT 'The sites the author saw, without all_sites',
  refused         String COMMENT 'Why it is not asked any more; empty while it is',
  updated_at      DateTime64(3, 'UTC') COMMENT 'When this version was written'
)
AS SELECT rule_id, organization_id, user_id, author, sql, place_values, all_sites, site_ids, refused, updated_at
FROM alert_statements_log FINAL;
