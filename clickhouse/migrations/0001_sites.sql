-- The sites events belong to: few, rarely changed, polled by the edges. A change is a new row; the newest version counts.

CREATE TABLE IF NOT EXISTS sites_log
(
  site_id    String COMMENT 'The key a pixel names the site by',
  name       String COMMENT 'What people call the site',
  domains    Array(String) COMMENT 'Host names whose events belong to the site; a leading *. takes subdomains',
  time_zone  LowCardinality(String) DEFAULT 'UTC' COMMENT 'IANA time zone in which the days of the site begin',
  takes_all  Bool DEFAULT false COMMENT 'Takes every event that names no registered site',
  settings   String DEFAULT '{}' COMMENT 'What else the site has chosen (address policy, privacy), as JSON',
  key_hashes Array(String) COMMENT 'SHA-256, in hex, of the keys that servers may send events of the site with',
  deleted    Bool DEFAULT false COMMENT 'The site is gone; its events stay',
  updated_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this version was written'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY site_id
COMMENT 'Every version of every site';

CREATE VIEW IF NOT EXISTS sites
(
  site_id    String COMMENT 'The key a pixel names the site by',
  name       String COMMENT 'What people call the site',
  domains    Array(String) COMMENT 'Host names whose events belong to the site; a leading *. takes subdomains',
  time_zone  String COMMENT 'IANA time zone in which the days of the site begin',
  takes_all  Bool COMMENT 'Takes every event that names no registered site',
  settings   String COMMENT 'What else the site has chosen (address policy, privacy), as JSON',
  key_hashes Array(String) COMMENT 'SHA-256, in hex, of the keys that servers may send events of the site with',
  updated_at DateTime64(3, 'UTC') COMMENT 'When the site last changed'
)
AS SELECT site_id, name, domains, time_zone, takes_all, settings, key_hashes, updated_at FROM sites_log FINAL WHERE NOT deleted;

-- A fresh install takes every event on one site until its owner adds others. The date makes any later version newer.
INSERT INTO sites_log (site_id, name, time_zone, takes_all, updated_at)
VALUES ('default', 'Default site', 'UTC', true, '2000-01-01 00:00:00');
