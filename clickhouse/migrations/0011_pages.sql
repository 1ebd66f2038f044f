-- Page analytics. page_events is the narrow log of the last two days that every live answer is computed from. The pages job folds
-- each closed day of a site, from `events`, into plain rows: its sessions, its hours, its day. A fold is a generation of rows
-- with an id of its own; the one recorded in page_folds is the one that is read, so a fold that was killed is never seen.

CREATE TABLE IF NOT EXISTS page_events
(
  site_id       LowCardinality(String) COMMENT 'The registered site',
  event_date    Date COMMENT 'Day of occurred_at in the time zone of the site',
  who           UInt64 COMMENT 'The session, else the visitor: 64-bit hash of session_id, else visitor_key',
  occurred_at   DateTime64(3, 'UTC') COMMENT 'When it happened; ms',
  event_id      UUID COMMENT 'The event; the same delivery again is the same row',
  event_type    LowCardinality(String) COMMENT 'page_view, or what else happened in a session',
  visitor_key   UInt64 COMMENT '64-bit hash of visitor_id, else player_id, else of day, address and user agent, else of the event',
  has_session   Bool COMMENT 'The client named a session',
  domain        LowCardinality(String) COMMENT 'Host name of the page, lower case',
  page_path     String COMMENT 'Path of the page without its query, at most 512 characters',
  referrer_host LowCardinality(String) COMMENT 'Host of the page that led here, lower case; empty when none did or it is of the same site, in the sense of the public suffix list',
  utm_source    LowCardinality(String) COMMENT 'utm_source of the page’s query',
  utm_medium    LowCardinality(String) COMMENT 'utm_medium of the page’s query',
  utm_campaign  LowCardinality(String) COMMENT 'utm_campaign of the page’s query',
  banner_tag    LowCardinality(String) COMMENT 'The campaign or affiliate tag of the event',
  device        LowCardinality(String) COMMENT 'desktop, mobile, tablet, … ; empty unknown',
  browser       LowCardinality(String) COMMENT 'Browser family',
  os            LowCardinality(String) COMMENT 'Operating system',
  country       LowCardinality(String) COMMENT 'ISO 3166 code; empty unknown',
  is_bot        Bool COMMENT 'The user agent is a known bot',
  arrived_at    DateTime64(3, 'UTC') COMMENT 'When the event reached ClickHouse',
  INDEX arrived_at_range arrived_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(arrived_at)
ORDER BY (site_id, event_date, who, occurred_at, event_type, event_id)
TTL toDateTime(arrived_at) + INTERVAL 73 HOUR
COMMENT 'Page views, and what else happened in sessions, that arrived in the last 73 hours: today, yesterday and time to fold it';

CREATE MATERIALIZED VIEW IF NOT EXISTS events_incoming_to_page_events TO page_events AS
WITH lower(domain(referrer)) AS host
SELECT
  site_id,
  event_date,
  if(session_id != '', cityHash64('session', session_id), visitor_key) AS who,
  occurred_at,
  event_id,
  event_type,
  multiIf(
    visitor_id != '', cityHash64('visitor', visitor_id),
    player_id != '', cityHash64('player', player_id),
    source_ip != '' OR user_agent != '', cityHash64('client', event_date, source_ip, user_agent),
    cityHash64('event', event_id)) AS visitor_key,
  session_id != '' AS has_session,
  domain,
  leftUTF8(cutQueryStringAndFragment(path), 512) AS page_path,
  if(host = domain OR (cutToFirstSignificantSubdomain(domain) != '' AND NOT isIPv4String(domain)
    AND cutToFirstSignificantSubdomain(host) = cutToFirstSignificantSubdomain(domain)), '', host) AS referrer_host,
  if(path LIKE '%utm_source=%', leftUTF8(toValidUTF8(decodeURLFormComponent(extractURLParameter(path, 'utm_source'))), 128), '') AS utm_source,
  if(path LIKE '%utm_medium=%', leftUTF8(toValidUTF8(decodeURLFormComponent(extractURLParameter(path, 'utm_medium'))), 128), '') AS utm_medium,
  if(path LIKE '%utm_campaign=%', leftUTF8(toValidUTF8(decodeURLFormComponent(extractURLParameter(path, 'utm_campaign'))), 128), '') AS utm_campaign,
  banner_tag,
  device,
  browser,
  os,
  country,
  is_bot,
  nowInBlock64(3, 'UTC') AS arrived_at
FROM events_incoming
WHERE queue_error = '' AND (event_type = 'page_view' OR session_id != '');

CREATE VIEW IF NOT EXISTS page_events_of_log
COMMENT 'The rows of page_events and who they name, from the whole log of events: what a day is folded from'
AS WITH lower(domain(referrer)) AS host
SELECT
  site_id,
  event_date,
  if(session_id != '', cityHash64('session', session_id), visitor_key) AS who,
  occurred_at,
  event_id,
  event_type,
  multiIf(
    visitor_id != '', cityHash64('visitor', visitor_id),
    player_id != '', cityHash64('player', player_id),
    source_ip != '' OR user_agent != '', cityHash64('client', event_date, source_ip, user_agent),
    cityHash64('event', event_id)) AS visitor_key,
  session_id != '' AS has_session,
  session_id,
  player_id,
  domain,
  leftUTF8(cutQueryStringAndFragment(path), 512) AS page_path,
  if(host = domain OR (cutToFirstSignificantSubdomain(domain) != '' AND NOT isIPv4String(domain)
    AND cutToFirstSignificantSubdomain(host) = cutToFirstSignificantSubdomain(domain)), '', host) AS referrer_host,
  if(path LIKE '%utm_source=%', leftUTF8(toValidUTF8(decodeURLFormComponent(extractURLParameter(path, 'utm_source'))), 128), '') AS utm_source,
  if(path LIKE '%utm_medium=%', leftUTF8(toValidUTF8(decodeURLFormComponent(extractURLParameter(path, 'utm_medium'))), 128), '') AS utm_medium,
  if(path LIKE '%utm_campaign=%', leftUTF8(toValidUTF8(decodeURLFormComponent(extractURLParameter(path, 'utm_campaign'))), 128), '') AS utm_campaign,
  banner_tag,
  device,
  browser,
  os,
  country,
  is_bot
FROM events
WHERE event_type = 'page_view' OR session_id != '';

CREATE TABLE IF NOT EXISTS page_folds
(
  site_id    LowCardinality(String) COMMENT 'The registered site',
  event_date Date COMMENT 'The closed day, in the time zone of the site',
  fold       UUID COMMENT 'The generation of rows that is read for the day; a UUIDv7',
  folded_at  DateTime64(3, 'UTC') COMMENT 'When the events were read; the newest fold counts',
  events     UInt64 COMMENT 'Events the day was folded from',
  checksum   UInt64 COMMENT 'Exclusive or of a hash of each of these events: another one, and the day is folded again'
)
ENGINE = ReplacingMergeTree(folded_at)
ORDER BY (site_id, event_date)
COMMENT 'Which days of page analytics are plain rows';

CREATE TABLE IF NOT EXISTS sessions_log
(
  fold          UUID COMMENT 'The fold that wrote the row',
  site_id       LowCardinality(String) COMMENT 'The registered site',
  event_date    Date COMMENT 'Day in the time zone of the site',
  session_id    String COMMENT 'The session as the client named it; empty for one told by pauses of 30 minutes',
  visitor_key   UInt64 COMMENT '64-bit hash of who its first page view counts for: visitor_id, else player_id, else day, address and user agent, else the event',
  player_id     String COMMENT 'The first player the session named; empty while anonymous',
  started_at    DateTime64(3, 'UTC') COMMENT 'occurred_at of its first event; ms',
  duration_ms   UInt32 COMMENT 'From its first event to its last; ms',
  entry_domain  LowCardinality(String) COMMENT 'Host name of its first page view',
  entry_path    String COMMENT 'Path of its first page view, without query',
  exit_domain   LowCardinality(String) COMMENT 'Host name of its last page view',
  exit_path     String COMMENT 'Path of its last page view, without query',
  views         UInt32 COMMENT 'Page views',
  engagements   UInt32 COMMENT 'Events that show interest: all but page_view, visit, session_start and hover',
  channel       LowCardinality(String) COMMENT 'campaign, search, social, referral or direct, told from its first event',
  source        LowCardinality(String) COMMENT 'utm_source, else the search engine, network or referring host; empty for direct',
  referrer_host LowCardinality(String) COMMENT 'Host that led to its first event; empty when none did or it is of the same site',
  utm_source    LowCardinality(String) COMMENT 'utm_source of its first event',
  utm_medium    LowCardinality(String) COMMENT 'utm_medium of its first event',
  utm_campaign  LowCardinality(String) COMMENT 'utm_campaign of its first event',
  banner_tag    LowCardinality(String) COMMENT 'The first banner tag any of its events carried',
  device        LowCardinality(String) COMMENT 'desktop, mobile, tablet, … of its first page view',
  browser       LowCardinality(String) COMMENT 'Browser of its first page view',
  os            LowCardinality(String) COMMENT 'Operating system of its first page view',
  country       LowCardinality(String) COMMENT 'ISO 3166 code of its first page view',
  is_bot        Bool COMMENT 'One of its events came from a known bot',
  seen_at       Array(DateTime('UTC')) COMMENT 'For each page view: the hour it fell in, UTC',
  seen_domains  Array(LowCardinality(String)) COMMENT 'For each page view: host name of the page',
  seen_paths    Array(String) COMMENT 'For each page view: path of the page'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(event_date)
ORDER BY (site_id, event_date, fold, is_bot, channel, source, entry_domain, entry_path, country, device, started_at)
SETTINGS default_compression_codec = 'ZSTD(1)'
COMMENT 'Sessions of closed days, every fold; query `sessions`';

CREATE VIEW IF NOT EXISTS sessions
(
  site_id       LowCardinality(String) COMMENT 'The registered site',
  event_date    Date COMMENT 'Day in the time zone of the site',
  session_id    String COMMENT 'The session as the client named it; empty for one told by pauses of 30 minutes',
  visitor_key   UInt64 COMMENT '64-bit hash of who its first page view counts for: visitor_id, else player_id, else day, address and user agent, else the event',
  player_id     String COMMENT 'The first player the session named; empty while anonymous',
  started_at    DateTime64(3, 'UTC') COMMENT 'occurred_at of its first event; ms',
  duration_ms   UInt32 COMMENT 'From its first event to its last; ms',
  entry_domain  LowCardinality(String) COMMENT 'Host name of its first page view',
  entry_path    String COMMENT 'Path of its first page view, without query',
  exit_domain   LowCardinality(String) COMMENT 'Host name of its last page view',
  exit_path     String COMMENT 'Path of its last page view, without query',
  views         UInt32 COMMENT 'Page views',
  engagements   UInt32 COMMENT 'Events that show interest: all but page_view, visit, session_start and hover',
  channel       LowCardinality(String) COMMENT 'campaign, search, social, referral or direct, told from its first event',
  source        LowCardinality(String) COMMENT 'utm_source, else the search engine, network or referring host; empty for direct',
  referrer_host LowCardinality(String) COMMENT 'Host that led to its first event; empty when none did or it is of the same site',
  utm_source    LowCardinality(String) COMMENT 'utm_source of its first event',
  utm_medium    LowCardinality(String) COMMENT 'utm_medium of its first event',
  utm_campaign  LowCardinality(String) COMMENT 'utm_campaign of its first event',
  banner_tag    LowCardinality(String) COMMENT 'The first banner tag any of its events carried',
  device        LowCardinality(String) COMMENT 'desktop, mobile, tablet, … of its first page view',
  browser       LowCardinality(String) COMMENT 'Browser of its first page view',
  os            LowCardinality(String) COMMENT 'Operating system of its first page view',
  country       LowCardinality(String) COMMENT 'ISO 3166 code of its first page view',
  is_bot        Bool COMMENT 'One of its events came from a known bot',
  is_bounce     Bool COMMENT 'One page view and no engagement',
  ended_at      DateTime64(3, 'UTC') COMMENT 'occurred_at of its last event; ms',
  seen_at       Array(DateTime('UTC')) COMMENT 'For each page view: the hour it fell in, UTC',
  seen_domains  Array(LowCardinality(String)) COMMENT 'For each page view: host name of the page',
  seen_paths    Array(String) COMMENT 'For each page view: path of the page'
)
COMMENT 'Sessions of closed days'
AS SELECT
  site_id, event_date, session_id, visitor_key, player_id, started_at, duration_ms, entry_domain, entry_path, exit_domain,
  exit_path, views, engagements, channel, source, referrer_host, utm_source, utm_medium, utm_campaign, banner_tag, device, browser, os,
  country, is_bot, toBool(views = 1 AND engagements = 0) AS is_bounce, addMilliseconds(started_at, duration_ms) AS ended_at, seen_at, seen_domains,
  seen_paths
FROM sessions_log
WHERE (site_id, event_date, fold) IN (SELECT site_id, event_date, fold FROM page_folds FINAL);

CREATE TABLE IF NOT EXISTS page_hours_log
(
  site_id       LowCardinality(String) COMMENT 'The registered site',
  event_date    Date COMMENT 'Day in the time zone of the site',
  fold          UUID COMMENT 'The fold that wrote the row',
  breakdown     LowCardinality(String) COMMENT 'every: a row for each combination of the columns; total: one for all; what a breakdown leaves out is empty',
  hour          DateTime('UTC') COMMENT 'The hour, UTC',
  domain        LowCardinality(String) COMMENT 'Host name of the page, lower case',
  path          String COMMENT 'Path without its query, at most 512 characters',
  channel       LowCardinality(String) COMMENT 'campaign, search, social, referral or direct, of the session',
  source        LowCardinality(String) COMMENT 'utm_source, else search engine, network or referring host, of the session',
  device        LowCardinality(String) COMMENT 'desktop, mobile, tablet, … ; empty unknown',
  browser       LowCardinality(String) COMMENT 'Browser family',
  os            LowCardinality(String) COMMENT 'Operating system',
  country       LowCardinality(String) COMMENT 'ISO 3166 code; empty unknown',
  is_bot        Bool COMMENT 'A known bot',
  views         UInt64 COMMENT 'Page views, each event_id once',
  visitors      UInt64 COMMENT 'Distinct visitors, each once an hour; a visitor is counted apart as a bot and as a person',
  sessions      UInt64 COMMENT 'Distinct sessions with such a page view',
  entries       UInt64 COMMENT 'Of the sessions, those that began so',
  bounces       UInt64 COMMENT 'Of the entries, those with one page view and no engagement',
  duration_ms   UInt64 COMMENT 'Durations of the sessions, added up; ms'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(event_date)
ORDER BY (site_id, breakdown, event_date, fold, hour, domain, path, channel, source, device, browser, os, country, is_bot)
SETTINGS default_compression_codec = 'ZSTD(1)'
COMMENT 'Page views of closed days by hour, every fold; query `page_hours`';

CREATE TABLE IF NOT EXISTS page_days_log
(
  site_id       LowCardinality(String) COMMENT 'The registered site',
  event_date    Date COMMENT 'Day in the time zone of the site',
  fold          UUID COMMENT 'The fold that wrote the row',
  breakdown     LowCardinality(String) COMMENT 'every: a row for each combination of the page and the columns from channel to is_bot; total, domain, page, entry, exit, source, referrer, campaign, device, browser, os, country, banner: one for each of these; what a breakdown leaves out is empty',
  domain        LowCardinality(String) COMMENT 'Host name of the page, lower case',
  path          String COMMENT 'Path without its query, at most 512 characters: of the page, or of the session’s first (entry) or last (exit) one',
  channel       LowCardinality(String) COMMENT 'campaign, search, social, referral or direct, of the session',
  source        LowCardinality(String) COMMENT 'utm_source, else search engine, network or referring host, of the session',
  device        LowCardinality(String) COMMENT 'desktop, mobile, tablet, … ; empty unknown',
  browser       LowCardinality(String) COMMENT 'Browser family',
  os            LowCardinality(String) COMMENT 'Operating system',
  country       LowCardinality(String) COMMENT 'ISO 3166 code; empty unknown',
  is_bot        Bool COMMENT 'A known bot',
  referrer_host LowCardinality(String) COMMENT 'Host that led to the session',
  utm_source    LowCardinality(String) COMMENT 'utm_source of the session',
  utm_medium    LowCardinality(String) COMMENT 'utm_medium of the session',
  utm_campaign  LowCardinality(String) COMMENT 'utm_campaign of the session',
  banner_tag    LowCardinality(String) COMMENT 'First banner tag of the session',
  views         UInt64 COMMENT 'Page views, each event_id once',
  visitors      UInt64 COMMENT 'Distinct visitors, each once a day; a visitor is counted apart as a bot and as a person',
  sessions      UInt64 COMMENT 'Distinct sessions with such a page view',
  entries       UInt64 COMMENT 'Of the sessions, those that began so',
  bounces       UInt64 COMMENT 'Of the entries, those with one page view and no engagement',
  duration_ms   UInt64 COMMENT 'Durations of the sessions, added up; ms'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(event_date)
ORDER BY (site_id, breakdown, event_date, fold, domain, path, channel, source, device, browser, os, country, is_bot, referrer_host, utm_source, utm_medium, utm_campaign, banner_tag)
SETTINGS default_compression_codec = 'ZSTD(1)'
COMMENT 'Page views of closed days, every fold; query `page_days` or `page_day_totals`';

-- Who led here: a row names a host (t.co) or what stands before the public suffix (google: www.google.co.uk, news.google.de, …).
CREATE TABLE IF NOT EXISTS referrer_sources
(
  referrer String COMMENT 'A host name, or the part of one before its public suffix',
  channel  LowCardinality(String) COMMENT 'search, social or referral',
  source   String COMMENT 'What people call it'
)
ENGINE = ReplacingMergeTree
ORDER BY referrer
COMMENT 'Known search engines and networks; an owner may add rows';

INSERT INTO referrer_sources (referrer, channel, source) VALUES
  ('google', 'search', 'Google'), ('bing', 'search', 'Bing'), ('yahoo', 'search', 'Yahoo'), ('duckduckgo', 'search', 'DuckDuckGo'),
  ('yandex', 'search', 'Yandex'), ('ya', 'search', 'Yandex'), ('baidu', 'search', 'Baidu'), ('ecosia', 'search', 'Ecosia'),
  ('qwant', 'search', 'Qwant'), ('startpage', 'search', 'Startpage'), ('naver', 'search', 'Naver'), ('seznam', 'search', 'Seznam'),
  ('ask', 'search', 'Ask'), ('aol', 'search', 'AOL'), ('kagi', 'search', 'Kagi'), ('perplexity', 'search', 'Perplexity'),
  ('sogou', 'search', 'Sogou'), ('facebook', 'social', 'Facebook'), ('fb', 'social', 'Facebook'), ('instagram', 'social', 'Instagram'),
  ('twitter', 'social', 'X'), ('x', 'social', 'X'), ('linkedin', 'social', 'LinkedIn'), ('reddit', 'social', 'Reddit'),
  ('youtube', 'social', 'YouTube'), ('tiktok', 'social', 'TikTok'), ('pinterest', 'social', 'Pinterest'), ('snapchat', 'social', 'Snapchat'),
  ('telegram', 'social', 'Telegram'), ('whatsapp', 'social', 'WhatsApp'), ('discord', 'social', 'Discord'), ('twitch', 'social', 'Twitch'),
  ('vk', 'social', 'VK'), ('threads', 'social', 'Threads'), ('tumblr', 'social', 'Tumblr'), ('quora', 'social', 'Quora'),
  ('ycombinator', 'social', 'Hacker News'), ('stumbleupon', 'social', 'StumbleUpon'), ('weibo', 'social', 'Weibo'), ('t.co', 'social', 'X'),
  ('youtu.be', 'social', 'YouTube'), ('lnkd.in', 'social', 'LinkedIn'), ('t.me', 'social', 'Telegram'), ('bsky.app', 'social', 'Bluesky'),
  ('wa.me', 'social', 'WhatsApp'), ('mail.google.com', 'referral', 'mail.google.com'), ('accounts.google.com', 'referral', 'accounts.google.com'), ('classroom.google.com', 'referral', 'classroom.google.com'),
  ('docs.google.com', 'referral', 'docs.google.com'), ('mail.yahoo.com', 'referral', 'mail.yahoo.com'), ('mail.yandex.ru', 'referral', 'mail.yandex.ru');

CREATE VIEW IF NOT EXISTS page_minutes
(
  site_id       String COMMENT 'The registered site',
  minute        DateTime('UTC') COMMENT 'The minute, UTC',
  domain        LowCardinality(String) COMMENT 'Host name of the page, lower case',
  path          String COMMENT 'Path without its query, at most 512 characters',
  channel       LowCardinality(String) COMMENT 'campaign, search, social, referral or direct, of the page view itself',
  source        LowCardinality(String) COMMENT 'utm_source, else search engine, network or referring host, of the page view itself',
  device        LowCardinality(String) COMMENT 'desktop, mobile, tablet, … ; empty unknown',
  browser       LowCardinality(String) COMMENT 'Browser family',
  os            LowCardinality(String) COMMENT 'Operating system',
  country       LowCardinality(String) COMMENT 'ISO 3166 code; empty unknown',
  is_bot        Bool COMMENT 'A known bot',
  views         UInt64 COMMENT 'Page views, each event_id once',
  visitors      UInt64 COMMENT 'Distinct visitors, each once a minute',
  sessions      UInt64 COMMENT 'Distinct sessions with such a page view'
)
COMMENT 'Page views of the last 24 hours by minute'
AS WITH (SELECT (groupArray(referrer), groupArray(concat(channel, ' ', source))) FROM referrer_sources) AS sources
SELECT
  site_id, toStartOfMinute(occurred_at) AS minute, domain, page_path AS path, channel, source, device, browser, os, country, is_bot,
  count() AS views, uniqExact(visitor_key) AS visitors, uniqExact(who) AS sessions
FROM
(
  SELECT *,
    multiIf(utm_source != '', 'campaign', referrer_host = '', 'direct', known != '', substring(known, 1, position(known, ' ') - 1), 'referral') AS channel,
    multiIf(utm_source != '', utm_source, referrer_host = '', '', known != '', substring(known, position(known, ' ') + 1),
      startsWith(referrer_host, 'www.'), substring(referrer_host, 5), referrer_host) AS source
  FROM
  (
    SELECT *,
      transform(referrer_host, tupleElement(sources, 1), tupleElement(sources, 2), '') AS known_host,
      if(known_host != '', known_host, transform(firstSignificantSubdomain(referrer_host), tupleElement(sources, 1), tupleElement(sources, 2), '')) AS known
    FROM page_events FINAL
    WHERE event_type = 'page_view' AND event_date >= toDate(now64(3, 'UTC')) - 2 AND occurred_at >= now64(3, 'UTC') - INTERVAL 24 HOUR
  )
)
GROUP BY ALL;

CREATE VIEW IF NOT EXISTS page_hours
(
  site_id       String COMMENT 'The registered site',
  event_date    Date COMMENT 'Day in the time zone of the site',
  hour          DateTime('UTC') COMMENT 'The hour, UTC',
  domain        LowCardinality(String) COMMENT 'Host name of the page, lower case',
  path          String COMMENT 'Path without its query, at most 512 characters',
  channel       LowCardinality(String) COMMENT 'campaign, search, social, referral or direct, of the session',
  source        LowCardinality(String) COMMENT 'utm_source, else search engine, network or referring host, of the session',
  device        LowCardinality(String) COMMENT 'desktop, mobile, tablet, … ; empty unknown',
  browser       LowCardinality(String) COMMENT 'Browser family',
  os            LowCardinality(String) COMMENT 'Operating system',
  country       LowCardinality(String) COMMENT 'ISO 3166 code; empty unknown',
  is_bot        Bool COMMENT 'A known bot',
  views         UInt64 COMMENT 'Page views, each event_id once',
  visitors      UInt64 COMMENT 'Distinct visitors, each once an hour in the row; a visitor is counted apart as a bot and as a person',
  sessions      UInt64 COMMENT 'Distinct sessions with such a page view',
  entries       UInt64 COMMENT 'Of the sessions, those that began so',
  bounces       UInt64 COMMENT 'Of the entries, those with one page view and no engagement',
  duration_ms   UInt64 COMMENT 'Durations of the sessions, added up; ms'
)
COMMENT 'Page views of closed days by hour, page and what the session tells'
AS SELECT site_id, event_date, hour, domain, path, channel, source, device, browser, os, country, is_bot, views, visitors, sessions, entries, bounces, duration_ms
FROM page_hours_log
WHERE breakdown = 'every' AND (site_id, event_date, fold) IN (SELECT site_id, event_date, fold FROM page_folds FINAL);

CREATE VIEW IF NOT EXISTS page_days
(
  site_id       String COMMENT 'The registered site',
  event_date    Date COMMENT 'Day in the time zone of the site',
  domain        LowCardinality(String) COMMENT 'Host name of the page, lower case',
  path          String COMMENT 'Path without its query, at most 512 characters',
  channel       LowCardinality(String) COMMENT 'campaign, search, social, referral or direct, of the session',
  source        LowCardinality(String) COMMENT 'utm_source, else search engine, network or referring host, of the session',
  device        LowCardinality(String) COMMENT 'desktop, mobile, tablet, … ; empty unknown',
  browser       LowCardinality(String) COMMENT 'Browser family',
  os            LowCardinality(String) COMMENT 'Operating system',
  country       LowCardinality(String) COMMENT 'ISO 3166 code; empty unknown',
  is_bot        Bool COMMENT 'A known bot',
  views         UInt64 COMMENT 'Page views, each event_id once',
  visitors      UInt64 COMMENT 'Distinct visitors, each once a day in the row; a visitor is counted apart as a bot and as a person',
  sessions      UInt64 COMMENT 'Distinct sessions with such a page view',
  entries       UInt64 COMMENT 'Of the sessions, those that began so',
  bounces       UInt64 COMMENT 'Of the entries, those with one page view and no engagement',
  duration_ms   UInt64 COMMENT 'Durations of the sessions, added up; ms'
)
COMMENT 'Page views of closed days by page and what the session tells; visitors and sessions of several rows cannot be added: see page_day_totals'
AS SELECT site_id, event_date, domain, path, channel, source, device, browser, os, country, is_bot, views, visitors, sessions, entries, bounces, duration_ms
FROM page_days_log
WHERE breakdown = 'every' AND (site_id, event_date, fold) IN (SELECT site_id, event_date, fold FROM page_folds FINAL);

CREATE VIEW IF NOT EXISTS page_day_totals
(
  site_id       String COMMENT 'The registered site',
  event_date    Date COMMENT 'Day in the time zone of the site',
  breakdown     String COMMENT 'total, domain, page, entry, exit, source, referrer, campaign, device, browser, os, country or banner',
  domain        LowCardinality(String) COMMENT 'Host name of the page, lower case',
  path          String COMMENT 'Path: of the page, or of the session’s first (entry) or last (exit) one',
  channel       LowCardinality(String) COMMENT 'campaign, search, social, referral or direct, of the session',
  source        LowCardinality(String) COMMENT 'utm_source, else search engine, network or referring host, of the session',
  device        LowCardinality(String) COMMENT 'desktop, mobile, tablet, … ; empty unknown',
  browser       LowCardinality(String) COMMENT 'Browser family',
  os            LowCardinality(String) COMMENT 'Operating system',
  country       LowCardinality(String) COMMENT 'ISO 3166 code; empty unknown',
  is_bot        Bool COMMENT 'A known bot',
  referrer_host String COMMENT 'Host that led to the session',
  utm_source    String COMMENT 'utm_source of the session',
  utm_medium    String COMMENT 'utm_medium of the session',
  utm_campaign  String COMMENT 'utm_campaign of the session',
  banner_tag    String COMMENT 'First banner tag of the session',
  views         UInt64 COMMENT 'Page views, each event_id once',
  visitors      UInt64 COMMENT 'Distinct visitors, each once a day; a visitor is counted apart as a bot and as a person',
  sessions      UInt64 COMMENT 'Distinct sessions with such a page view',
  entries       UInt64 COMMENT 'Of the sessions, those that began so',
  bounces       UInt64 COMMENT 'Of the entries, those with one page view and no engagement',
  duration_ms   UInt64 COMMENT 'Durations of the sessions, added up; ms'
)
COMMENT 'Page analytics of closed days, one breakdown at a time: choose one, then the numbers of several days add up'
AS SELECT site_id, event_date, breakdown, domain, path, channel, source, device, browser, os, country, is_bot, referrer_host, utm_source, utm_medium, utm_campaign, banner_tag, views, visitors, sessions, entries, bounces, duration_ms
FROM page_days_log
WHERE breakdown != 'every' AND (site_id, event_date, fold) IN (SELECT site_id, event_date, fold FROM page_folds FINAL);
