-- SQL for people: the list of sites without what only rtpx needs of them, and the personal logins of analysts' own tools.

CREATE VIEW IF NOT EXISTS site_directory
(
  site_id    String COMMENT 'The key a pixel names the site by',
  name       String COMMENT 'What people call the site',
  domains    Array(String) COMMENT 'Host names whose events belong to the site; a leading *. takes subdomains',
  time_zone  String COMMENT 'IANA time zone in which the days of the site begin',
  updated_at DateTime64(3, 'UTC') COMMENT 'When the site last changed'
)
AS SELECT site_id, name, domains, time_zone, updated_at FROM sites_log FINAL WHERE NOT deleted;

CREATE TABLE IF NOT EXISTS sql_logins_log
(
  login           String COMMENT 'Name to connect with',
  password_sha256 String COMMENT 'SHA-256 of its password, in hex; the password is 256 random bits and is kept nowhere',
  organization_id String COMMENT 'The organization it reads for',
  user_id         String COMMENT 'The person it belongs to',
  purpose         String COMMENT 'What the person uses it for, in their words',
  all_sites       Bool COMMENT 'Reads every site',
  site_ids        Array(String) COMMENT 'The sites it reads, without all_sites',
  created_at      DateTime64(3, 'UTC') COMMENT 'When it was made',
  expires_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'From when it no longer works; NULL never',
  deleted         Bool DEFAULT false COMMENT 'It no longer works',
  updated_at      DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this version was written'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY login
COMMENT 'Every version of every personal login for SQL; query `sql_logins`';

CREATE VIEW IF NOT EXISTS sql_logins
(
  login           String COMMENT 'Name to connect with',
  password_sha256 String COMMENT 'SHA-256 of its password, in hex',
  organization_id String COMMENT 'The organization it reads for',
  user_id         String COMMENT 'The person it belongs to',
  purpose         String COMMENT 'What the person uses it for, in their words',
  all_sites       Bool COMMENT 'Reads every site',
  site_ids        Array(String) COMMENT 'The sites it reads, without all_sites',
  created_at      DateTime64(3, 'UTC') COMMENT 'When it was made',
  expires_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'From when it no longer works; NULL never'
)
AS SELECT login, password_sha256, organization_id, user_id, purpose, all_sites, site_ids, created_at, expires_at
FROM sql_logins_log FINAL WHERE NOT deleted;
