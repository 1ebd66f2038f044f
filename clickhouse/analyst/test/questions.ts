/** What analysts do ask, with the right answers over the rows of `seed.ts` (tab-separated). Site `b` has one row more. */

export interface Question {
  readonly sql: string
  readonly answer: string
  readonly values?: Readonly<Record<string, string>>
}

const q = (sql: string, ...rows: string[]): Question => ({
  sql,
  answer: rows.map((row) => `${row.replaceAll(' | ', '\t')}\n`).join(''),
})

export const QUESTIONS: readonly Question[] = [
  q('SELECT 1', '1'),
  q('SELECT count() FROM events', '3'),
  q('select Count(*) from rtpx.events;', '3'),
  q('FROM events SELECT count()', '3'),
  q(
    'SELECT event_type, count() AS n FROM events GROUP BY event_type ORDER BY n DESC',
    'visit | 2',
    'registration | 1',
  ),
  q(
    'SELECT event_date, uniqExact(player_id) FROM events GROUP BY 1 ORDER BY 1',
    '2026-01-01 | 1',
    '2026-01-02 | 2',
  ),
  q(
    "SELECT countIf(event_type = 'visit') AS v, countIf(event_type = 'registration') AS r, round(r / v, 2) FROM events",
    '2 | 1 | 0.5',
  ),
  q(
    "SELECT toStartOfMonth(event_date) AS m, count() FROM events WHERE event_date >= '2026-01-01' GROUP BY m",
    '2026-01-01 | 3',
  ),
  q(
    'SELECT banner_tag, groupArray(player_id) FROM (SELECT * FROM events ORDER BY event_id) GROUP BY banner_tag ORDER BY banner_tag',
    "autumn | ['bob']",
    "spring | ['ann','ann']",
  ),
  q(
    "WITH visits AS (SELECT player_id, min(occurred_at) AS first FROM events WHERE event_type = 'visit' GROUP BY player_id), registrations AS (SELECT player_id, min(occurred_at) AS at FROM events WHERE event_type = 'registration' GROUP BY player_id) SELECT v.player_id, dateDiff('hour', v.first, r.at) FROM visits AS v JOIN registrations AS r USING (player_id)",
    'ann | 25',
  ),
  q(
    'SELECT player_id, row_number() OVER (PARTITION BY player_id ORDER BY occurred_at) AS nth FROM events ORDER BY player_id, nth',
    'ann | 1',
    'ann | 2',
    'bob | 1',
  ),
  q(
    'SELECT player_id, lagInFrame(event_type) OVER w AS before FROM events WINDOW w AS (PARTITION BY player_id ORDER BY occurred_at) ORDER BY event_id',
    'ann | ',
    'ann | visit',
    'bob | ',
  ),
  q(
    'SELECT sum(n) OVER (ORDER BY d ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM (SELECT event_date AS d, count() AS n FROM events GROUP BY d) ORDER BY d',
    '1',
    '3',
  ),
  q("SELECT JSONExtractString(metadata, 's') AS s FROM events WHERE s != '' ORDER BY s", '1', '2'),
  q('SELECT path, count() FROM events GROUP BY path ORDER BY count() DESC LIMIT 1', '/x | 2'),
  q('SELECT player_id FROM events ORDER BY occurred_at LIMIT 1 BY player_id', 'ann', 'bob'),
  q(
    'SELECT event_type, banner_tag, count() FROM events GROUP BY ROLLUP(event_type, banner_tag) ORDER BY ALL',
    ' |  | 3',
    'registration |  | 1',
    'registration | spring | 1',
    'visit |  | 2',
    'visit | autumn | 1',
    'visit | spring | 1',
  ),
  q(
    'SELECT event_date, count() FROM events GROUP BY event_date WITH TOTALS ORDER BY event_date',
    '2026-01-01 | 1',
    '2026-01-02 | 2',
    '',
    '1970-01-01 | 3',
  ),
  q(
    "SELECT event_date, count() AS n FROM events GROUP BY event_date ORDER BY event_date WITH FILL FROM toDate('2025-12-31') TO toDate('2026-01-03')",
    '2025-12-31 | 0',
    '2026-01-01 | 1',
    '2026-01-02 | 2',
  ),
  q(
    'SELECT quantile(0.5)(toUnixTimestamp(occurred_at) % 100), quantilesExact(0.5, 0.9)(toHour(occurred_at)) FROM events',
    '0 | [11,12]',
  ),
  q(
    "SELECT windowFunnel(86400 * 3)(toDateTime(occurred_at), event_type = 'visit', event_type = 'registration') AS steps, player_id FROM events GROUP BY player_id ORDER BY player_id",
    '2 | ann',
    '1 | bob',
  ),
  q(
    "SELECT retention(event_date = '2026-01-01', event_date = '2026-01-02') FROM events GROUP BY player_id ORDER BY player_id",
    '[1,1]',
    '[0,0]',
  ),
  q('SELECT uniqMerge(s) FROM (SELECT uniqState(player_id) AS s FROM events GROUP BY event_date)', '2'),
  q('SELECT argMax(event_type, occurred_at) FROM events', 'visit'),
  q('SELECT topK(1)(path) FROM events', "['/x']"),
  q(
    "SELECT multiIf(toHour(occurred_at) < 11, 'morning', 'noon') AS t, count() FROM events GROUP BY t ORDER BY t",
    'morning | 1',
    'noon | 2',
  ),
  q(
    "SELECT CASE event_type WHEN 'visit' THEN 'V' ELSE 'other' END AS t, count() FROM events GROUP BY t ORDER BY t",
    'V | 2',
    'other | 1',
  ),
  q(
    "SELECT arrayJoin(splitByChar('/', path)) AS part, count() FROM events WHERE part != '' GROUP BY part ORDER BY part",
    'x | 2',
    'y | 1',
  ),
  q('SELECT arraySort(arrayMap(x -> upper(x), groupUniqArray(player_id))) FROM events', "['ANN','BOB']"),
  q('SELECT n FROM (SELECT 1 AS n UNION ALL SELECT 2 UNION DISTINCT SELECT 2) ORDER BY n', '1', '2'),
  q("SELECT player_id FROM events INTERSECT SELECT 'ann'", 'ann'),
  q("SELECT DISTINCT player_id FROM events EXCEPT SELECT 'ann'", 'bob'),
  q(
    'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT sum(i) FROM n',
    '10',
  ),
  q("SELECT number, toDate('2026-01-01') + number FROM numbers(2)", '0 | 2026-01-01', '1 | 2026-01-02'),
  q('SELECT * FROM generateSeries(1, 3)', '1', '2', '3'),
  q("SELECT * FROM values('a UInt8, b String', (1, 'x'), (2, 'y'))", '1 | x', '2 | y'),
  q(
    "SELECT a.player_id FROM events AS a LEFT ANTI JOIN (SELECT player_id FROM events WHERE event_type = 'registration') AS b USING (player_id)",
    'bob',
  ),
  q(
    'SELECT a.player_id, b.event_type FROM events AS a ASOF JOIN events AS b ON a.player_id = b.player_id AND a.occurred_at > b.occurred_at',
    'ann | visit',
  ),
  q(
    "SELECT count() FROM events WHERE player_id IN (SELECT player_id FROM events WHERE event_type = 'registration')",
    '2',
  ),
  q('SELECT (SELECT max(event_date) FROM events) AS newest', '2026-01-02'),
  q(
    "SELECT count() FROM events WHERE path LIKE '/%' AND match(path, '^/[xy]$') AND NOT startsWith(path, '//')",
    '3',
  ),
  q(
    "SELECT formatDateTime(occurred_at, '%Y-%m'), toTimeZone(min(occurred_at), 'Europe/Berlin') FROM events GROUP BY 1",
    '2026-01 | 2026-01-01 11:00:00.000',
  ),
  q(
    'SELECT toStartOfInterval(occurred_at, INTERVAL 12 HOUR) AS t, count() FROM events GROUP BY t ORDER BY t',
    '2026-01-01 00:00:00 | 1',
    '2026-01-02 00:00:00 | 1',
    '2026-01-02 12:00:00 | 1',
  ),
  q("SELECT CAST(count() AS String) || ' events', count()::Float64 FROM events", '3 events | 3'),
  q("SELECT COLUMNS('^(player|banner)_') FROM events ORDER BY event_id LIMIT 1", 'ann | spring'),
  q('SELECT * EXCEPT (updated_at, domains) FROM site_directory', 'a | Site A | UTC'),
  q("SELECT COLUMNS('viewport') APPLY(sum) FROM events", '0 | 0'),
  q("SELECT COLUMNS('viewport') APPLY(x -> toString(max(x))) FROM events", '0 | 0'),
  q('SELECT event_type, sum(count) FROM event_summary GROUP BY event_type'),
  q('SELECT count() FROM daily_metrics', '0'),
  q('SELECT count(), sum(total_deposits) FROM players', '0 | 0'),
  q('SELECT d.event_date, sum(d.amount) FROM deposits AS d GROUP BY 1'),
  q('SELECT count() FROM sessions', '0'),
  q(
    "SELECT name FROM system.columns WHERE database = 'rtpx' AND table = 'daily_metrics'",
    'site_id',
    'event_date',
    'event_type',
    'count',
  ),
  q(
    "SELECT name FROM system.tables WHERE database = 'rtpx' AND name LIKE 'daily_m%' ORDER BY name",
    'daily_metrics',
  ),
  q("SHOW TABLES LIKE 'daily_m%'", 'daily_metrics'),
  q("SELECT count(*), count() FROM (SELECT * FROM system.tables WHERE name = 'events')", '1 | 1'),
  q("SELECT name, empty(data_paths) FROM system.tables WHERE name = 'events'", 'events | 1'),
  q('DESCRIBE (SELECT count() AS n FROM events)', 'n | UInt64 |  |  |  |  | '),
  q('EXISTS TABLE events', '1'),
  q("SELECT -- a comment; with a semicolon\n 1 /* and ' another */ + 1", '2'),
  q(
    "SELECT 'INTO OUTFILE', 'SETTINGS', 'FORMAT x', 'file(', ';', 'it''s', 'tab\\t'",
    "INTO OUTFILE | SETTINGS | FORMAT x | file( | ; | it\\'s | tab\\t",
  ),
  q('SELECT 1 AS `settings`, 2 AS `format`, 3 AS "into", 4 AS file', '1 | 2 | 3 | 4'),
  q("SELECT player_id AS `имя` FROM events WHERE `имя` = 'bob'", 'bob'),
  {
    ...q(
      'SELECT count() FROM events WHERE event_date >= {from:Date} AND event_type IN {types:Array(String)} AND player_id = {who:String}',
      '2',
    ),
    values: { from: '2026-01-01', types: "['visit','registration']", who: 'ann' },
  },
  { ...q('SELECT {text:String}', "it\\'s \\\\ {x:Int8}"), values: { text: "it's \\\\ {x:Int8}" } },
]
