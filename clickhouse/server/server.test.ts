/** The embedded ClickHouse as its clients see it: one server process, driven by the official client and by plain requests. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { revisionEncoder } from './compression/native-revision.ts'
import { type SpawnedClickHouse, spawnClickHouse } from './spawn.ts'

let server: SpawnedClickHouse
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  server = await spawnClickHouse({ environment: { CLICKHOUSE_MAX_QUERIES: '12' } })
  client = createClient({ url: server.url, max_open_connections: 60, log: { level: ClickHouseLogLevel.OFF } })
})

afterAll(async () => {
  await client.close()
  expect(await server.stop()).toBe(0)
})

/** Resident memory of the server, in MiB. */
const residentMib = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024

const post = (body: NonNullable<RequestInit['body']>, search = '', headers: Record<string, string> = {}) =>
  fetch(`${server.url}/${search}`, { method: 'POST', body, headers })
const get = (search: string, init: RequestInit = {}) => fetch(`${server.url}/${search}`, init)
const sql = (text: string) => `?query=${encodeURIComponent(text)}`
const run = async (text: string, search = '') => (await post(text, search)).text()
const running = async () =>
  Number(
    await run(
      "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%processes%'",
    ),
  )

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await Bun.sleep(20)
}

const ENDLESS = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1'

describe('the official client', () => {
  test('pings, makes tables, inserts, and reads back what it wrote', async () => {
    expect((await client.ping()).success).toBe(true)
    await client.command({
      query: 'CREATE TABLE rows (id UInt64, name String) ENGINE = MergeTree ORDER BY id',
    })
    const values = Array.from({ length: 100_000 }, (_, id) => ({ id, name: `n'\n\t\\${id}` }))
    await client.insert({ table: 'rows', values, format: 'JSONEachRow' })
    const result = await client.query({
      query: 'SELECT count() AS n, max(name) AS last FROM rows',
      format: 'JSON',
    })
    expect((await result.json<{ n: number; last: string }>()).data).toEqual([
      { n: 100000, last: "n'\n\t\\99999" },
    ])
  })

  test('binds parameters of every kind on the server', async () => {
    const result = await client.query({
      query:
        'SELECT {n:Int64} n, {s:String} s, {a:Array(String)} a, {d:DateTime} d, {x:Nullable(String)} x, {m:Map(String, UInt8)} m, {t:Identifier} FROM system.one',
      query_params: {
        n: -5,
        s: `quote ' double " back \\ line\n tab\t é 🙂 \0 {n:Int64}`,
        a: ["it's", 'line\nbreak', ''],
        d: new Date('2026-01-02T03:04:05Z'),
        x: null,
        m: { k: 1 },
        t: 'dummy',
      },
      format: 'JSONEachRow',
    })
    expect(await result.json<Record<string, unknown>>()).toEqual([
      {
        n: -5,
        s: `quote ' double " back \\ line\n tab\t é 🙂 \0 {n:Int64}`,
        a: ["it's", 'line\nbreak', ''],
        d: '2026-01-02 03:04:05',
        x: null,
        m: { k: 1 },
        dummy: 0,
      },
    ])
  })

  test('gets typed errors', async () => {
    const failing = client.query({ query: 'SELECT * FROM no_such_table' })
    const error = await failing.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(ClickHouseError)
    expect(error).toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' })
  })

  test('streams three million rows in bounded memory', async () => {
    const before = residentMib()
    const query = 'SELECT number, toString(number) AS s FROM numbers(3000000)'
    const result = await client.query({ query, format: 'JSONEachRow' })
    let rows = 0
    for await (const batch of result.stream()) rows += batch.length
    expect(rows).toBe(3_000_000)
    expect(residentMib() - before).toBeLessThan(250)
  })

  test('runs fifty queries at once, each with its own parameters', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const query = 'SELECT {n:UInt32} + sum(number * 0) AS n FROM numbers(10000)'
        const result = await client.query({ query, query_params: { n }, format: 'JSONEachRow' })
        return (await result.json<{ n: number }>())[0]?.n
      }),
    )
    expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })

  test('learns of a failure half-way through a result', async () => {
    const query = 'SELECT throwIf(number = 2900000) AS x, toString(number) FROM numbers(3000000)'
    const result = await client.query({ query, format: 'JSONEachRow' })
    const reading = async () => {
      for await (const _ of result.stream());
    }
    await expect(reading()).rejects.toThrow('Value passed to')
  })

  test('a query ends when its client goes away, before and within the result', async () => {
    const abort = new AbortController()
    const waiting = client.query({ query: ENDLESS, abort_signal: abort.signal })
    await until(async () => (await running()) === 1)
    abort.abort()
    await expect(waiting).rejects.toThrow()
    await until(async () => (await running()) === 0)

    const stop = new AbortController()
    const response = await get(sql('SELECT sipHash64(number) FROM numbers(1000000000000)'), {
      signal: stop.signal,
    })
    await response.body?.getReader().read()
    expect(await running()).toBe(1)
    stop.abort()
    await until(async () => (await running()) === 0)
  })

  test('KILL QUERY finds a query by the id its client gave it', async () => {
    const query_id = crypto.randomUUID()
    const waiting = client.query({ query: ENDLESS, query_id }).then(
      () => undefined,
      (error: unknown) => error,
    )
    await until(async () => (await running()) === 1)
    await client.command({
      query: 'KILL QUERY WHERE query_id = {id:String} SYNC',
      query_params: { id: query_id },
    })
    expect(await waiting).toMatchObject({ code: '394' })
  })

  test('compresses both ways', async () => {
    const packed = createClient({ url: server.url, compression: { request: true, response: true } })
    await packed.command({ query: 'CREATE TABLE packed (id UInt32) ENGINE = Memory' })
    await packed.insert({ table: 'packed', values: [{ id: 1 }, { id: 2 }], format: 'JSONEachRow' })
    const result = await packed.query({ query: 'SELECT sum(id) AS s FROM packed', format: 'JSONEachRow' })
    expect(await result.json<{ s: number }>()).toEqual([{ s: 3 }])
    await packed.close()
  })
})

describe('plain requests', () => {
  test('health checks, and unknown addresses', async () => {
    for (const path of ['', 'ping', 'replicas_status']) expect(await (await get(path)).text()).toBe('Ok.\n')
    expect((await get('ping', { method: 'HEAD' })).status).toBe(200)
    const missing = await get('nope')
    expect(missing.status).toBe(404)
    expect(await missing.text()).toStartWith('There is no handle /nope\n\nUse / or /ping for health checks.')
  })

  test('the query is the URL, the body, or both', async () => {
    expect(await (await get(sql('SELECT 1'))).text()).toBe('1\n')
    expect(await run('SELECT 1')).toBe('1\n')
    expect(await run('1', sql('SELECT'))).toBe('1\n')
    expect(await run('SELECT 1; ')).toBe('1\n')
    expect(await run('SELECT 1 -- and a comment')).toBe('1\n')
    expect(await run('SELECT 1; SELECT 2')).toContain('Multi-statements are not allowed')
    expect(await run('')).toStartWith('Code: 62. DB::Exception: Empty query. (SYNTAX_ERROR)')
    expect((await post('exit')).status).toBe(400)
  })

  test('the format is the clause, the header, or the parameter', async () => {
    expect(await run('SELECT 1 AS x FORMAT CSVWithNames')).toBe('"x"\n1\n')
    expect(await run('SELECT 1 AS x', '?default_format=JSONEachRow')).toBe('{"x":1}\n')
    const response = await post('SELECT 1 AS x', '', { 'X-ClickHouse-Format': 'JSONCompactEachRow' })
    expect(await response.text()).toBe('[1]\n')
    expect(response.headers.get('x-clickhouse-format')).toBe('JSONCompactEachRow')
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=UTF-8')
    expect(
      await run('SELECT number % 2 AS k, count() FROM numbers(4) GROUP BY k WITH TOTALS ORDER BY k'),
    ).toBe('0\t2\n1\t2\n\n0\t4\n')
  })

  test('headers tell the id, what was done, and where', async () => {
    const response = await post('SELECT * FROM numbers(10)', '?query_id=mine&send_progress_in_http_headers=1')
    await response.text()
    expect(response.headers.get('x-clickhouse-query-id')).toBe('mine')
    expect(JSON.parse(response.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({
      read_rows: '10',
      result_rows: '10',
    })
    expect(response.headers.get('x-clickhouse-progress')).toContain('"read_rows":"10"')
    expect(response.headers.get('x-clickhouse-exception-tag')).toMatch(/^[a-z]{16}$/)
    expect((await post('SELECT 1')).headers.get('x-clickhouse-query-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('failures have the server’s text, code and status', async () => {
    const cases: [text: string, search: string, status: number, code: number][] = [
      ['SELEC 1', '', 400, 62],
      ['SELECT nothing', '', 404, 47],
      ['SELECT 1', '?no_such_setting=1', 404, 115],
      ['SELECT 1', '?database=nowhere', 404, 81],
      ['SELECT 1 FORMAT Nope', '', 404, 73],
      ["SELECT toDate('x')", '', 400, 38],
      ["SELECT 1 INTO OUTFILE '/tmp/x'", '', 500, 358],
      ["SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a Int8')", '', 403, 497],
      [ENDLESS, '?max_execution_time=1', 408, 159],
    ]
    for (const [text, search, status, code] of cases) {
      const response = await post(text, search)
      expect([text, response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([
        text,
        status,
        String(code),
      ])
      expect(await response.text()).toMatch(
        new RegExp(
          `^Code: ${code}\\. DB::\\w+: [\\s\\S]* \\([A-Z_]+\\) \\(version [\\d.]+ \\(official build\\)\\)\\n$`,
        ),
      )
    }
  })

  test('GET only reads', async () => {
    const response = await get(sql('CREATE TABLE by_get (a Int8) ENGINE = Memory'))
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('164')
    expect(await response.text()).toContain('For queries over HTTP, method GET implies readonly')
    expect(await (await get(`${sql("SELECT getSetting('max_threads')")}&max_threads=3`)).text()).toBe('3\n')
  })

  test('settings of one request do not reach another', async () => {
    await run('SELECT 1', '?max_threads=1&database=system')
    expect(await run("SELECT getSetting('max_threads') != 1, currentDatabase()")).toBe('1\tdefault\n')
  })

  test('a session keeps temporary tables and settings, one request at a time', async () => {
    await run('CREATE TEMPORARY TABLE mine (a Int8) ENGINE = Memory', '?session_id=s')
    await run('INSERT INTO mine VALUES (1), (2)', '?session_id=s')
    await run('SET max_threads = 5', '?session_id=s')
    const seen = "SELECT count(), getSetting('max_threads'), currentDatabase() FROM mine"
    expect(await run(seen, '?session_id=s&max_threads=2&database=system')).toBe('2\t2\tsystem\n')
    expect(await run(seen, '?session_id=s')).toBe('2\t5\tdefault\n')
    expect(await run(seen)).toContain('UNKNOWN_TABLE')
    expect(await run('SELECT 1', '?session_id=t&session_check=1')).toContain('SESSION_NOT_FOUND')
    const slow = run('SELECT sleep(1)', '?session_id=s')
    await until(async () => (await run('SELECT 1', '?session_id=s')).includes('SESSION_IS_LOCKED'))
    await slow
    await run('SELECT 1', '?session_id=s&close_session=1')
    expect(await run('SELECT 1', '?session_id=s&session_check=1')).toContain('SESSION_NOT_FOUND')
  })

  test('a result that must be whole is whole, or an error', async () => {
    const whole = await get(`${sql('SELECT number FROM numbers(1000000)')}&wait_end_of_query=1`)
    expect((await whole.text()).length).toBe(6_888_890)
    const torn = await get(
      `${sql('SELECT throwIf(number = 900000) FROM numbers(1000000)')}&wait_end_of_query=1`,
    )
    expect(torn.status).toBe(500)
  })

  test('external tables come with the request', async () => {
    const form = new FormData()
    form.append('ids', new Blob(["1\tit's\n2\tb\\\\c\n"]), 'ids')
    const response = await post(
      form,
      `${sql('SELECT * FROM ids ORDER BY id DESC')}&ids_structure=${encodeURIComponent('id UInt8, s String')}`,
    )
    expect(await response.text()).toBe("2\tb\\\\c\n1\tit\\'s\n")
  })
})

describe('inserts', () => {
  const fresh = (name: string) =>
    run(`CREATE OR REPLACE TABLE ${name} (a UInt32, b String DEFAULT 'd') ENGINE = MergeTree ORDER BY a`)
  const content = (name: string) => run(`SELECT * FROM ${name} ORDER BY a FORMAT JSONCompactEachRow`)

  test('data in the text, in the body, with settings, and in binary formats', async () => {
    await fresh('t1')
    expect(await run("INSERT INTO t1 VALUES (1, 'a;b'), (2, 'FORMAT CSV')")).toBe('')
    expect(await run('3\tc\n', sql('INSERT INTO t1 FORMAT TabSeparated'))).toBe('')
    expect(
      await run(
        'INSERT INTO t1 FORMAT JSONEachRow SETTINGS input_format_skip_unknown_fields = 1 {"a":4,"zz":5}',
      ),
    ).toBe('')
    for (const format of ['Native', 'Parquet', 'RowBinary', 'Arrow', 'ORC', 'Avro', 'MsgPack']) {
      const data = await (await post(`SELECT toUInt32(5) AS a, 'bin' AS b FORMAT ${format}`)).arrayBuffer()
      expect([format, await run(data as unknown as string, sql(`INSERT INTO t1 FORMAT ${format}`))]).toEqual([
        format,
        '',
      ])
    }
    expect(await content('t1')).toBe(
      `[1, "a;b"]\n[2, "FORMAT CSV"]\n[3, "c"]\n[4, "d"]\n${'[5, "bin"]\n'.repeat(7)}`,
    )
  })

  test('INSERT … SELECT, from tables and from input()', async () => {
    await fresh('t2')
    await run('INSERT INTO t2 (a) SELECT number FROM numbers(2)')
    await run(
      '7,"x\\n\'y"\n',
      sql("INSERT INTO t2 SELECT a + 1, b FROM input('a UInt32, b String') FORMAT CSV"),
    )
    expect(await content('t2')).toBe('[0, "d"]\n[1, "d"]\n[8, "x\\\\n\'y"]\n')
  })

  test('bad data is reported with its row', async () => {
    await fresh('t3')
    const response = await post('1,a\nx,b\n', sql('INSERT INTO t3 FORMAT CSV'))
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('(at row 2)')
  })

  test('a large upload needs less memory than its size', async () => {
    await fresh('t4')
    const before = residentMib()
    const piece = Buffer.from(Array.from({ length: 20_000 }, (_, a) => `${a}\t${'x'.repeat(100)}\n`).join(''))
    let left = 600
    const uploadMib = (piece.length * left) / 2 ** 20
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => (left-- > 0 ? controller.enqueue(piece) : controller.close()),
    })
    const response = await fetch(`${server.url}/${sql('INSERT INTO t4 FORMAT TSV')}`, {
      method: 'POST',
      body: stream,
    })
    expect(response.status).toBe(200)
    expect(JSON.parse(response.headers.get('x-clickhouse-summary') ?? '').written_rows).toBe('12000000')
    expect(await run('SELECT count(), sum(a) FROM t4')).toBe('12000000\t119994000000\n')
    expect(residentMib() - before).toBeLessThan(uploadMib)
  }, 180_000)

  test('a sender that goes away half-way leaves no lane behind', async () => {
    await fresh('t5')
    for (let round = 0; round < 12; round += 1) {
      const abort = new AbortController()
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(3 << 20).fill(10)),
      })
      const sending = fetch(`${server.url}/${sql('INSERT INTO t5 FORMAT TSV')}`, {
        method: 'POST',
        body: stream,
        signal: abort.signal,
      })
      setTimeout(() => abort.abort(), 30)
      await sending.then(
        () => undefined,
        () => undefined,
      )
    }
    expect(await run('SELECT 1')).toBe('1\n')
  })
})

describe('encodings', () => {
  test('gzip in and out', async () => {
    expect(await (await post(gzipSync('SELECT 1 + 1'), '', { 'Content-Encoding': 'gzip' })).text()).toBe(
      '2\n',
    )
    const response = await get(`${sql('SELECT number FROM numbers(1000000)')}&enable_http_compression=1`, {
      headers: { 'Accept-Encoding': 'gzip' },
      decompress: false,
    } as RequestInit)
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(gunzipSync(await response.arrayBuffer()).byteLength).toBe(6_888_890)
  })

  test('a damaged body is the client’s fault', async () => {
    const response = await post('no gzip at all', '', { 'Content-Encoding': 'gzip' })
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('354')
    expect((await post('x', '', { 'Content-Encoding': 'rot13' })).status).toBe(501)
    expect(await run('12345678901234567890123456789012345', '?decompress=1')).toStartWith('Code: ')
  })

  test('native blocks out are native blocks in', async () => {
    await run('CREATE TABLE blocks (x UInt64) ENGINE = Memory')
    const packed = await (await get(`${sql('SELECT number FROM numbers(300000)')}&compress=1`)).arrayBuffer()
    expect(packed.byteLength).toBeLessThan(1_500_000)
    await post(packed, `${sql('INSERT INTO blocks FORMAT TSV')}&decompress=1`)
    expect(await run('SELECT count(), sum(x) FROM blocks')).toBe('300000\t44999850000\n')
  })
})

describe('the Native format of newer protocols', () => {
  test('is the oldest one with what they want between, however it arrives', async () => {
    const columns = [
      "number, toString(number), ['a', 'b']::Array(LowCardinality(String)), (1, 'a')::Tuple(x UInt8, y Nullable(String))",
      "map('a', [1, 2]), '{\"a\":1}'::JSON, toDecimal64(1.5, 3), toFixedString('ab', 3), NULL, toIntervalDay(1)",
      "(1.0, 2.0)::Point, if(number % 2, 5::Variant(UInt8, String), 'x'::Variant(UInt8, String)), toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')",
      "arrayMap(x -> toString(x), range(number % 3)), [(1, 'x')]::Array(Tuple(a UInt8, b String)), toDateTime64('2026-01-02 03:04:05.678', 3, 'Europe/Berlin')",
    ]
    const text = `SELECT ${columns.join(', ')} FROM numbers(500) FORMAT Native`
    const read = async (search: string) => {
      const response = await post(
        text,
        `?allow_suspicious_low_cardinality_types=1&output_format_native_write_json_as_string=1${search}`,
      )
      expect(response.status).toBe(200)
      return new Uint8Array(await response.arrayBuffer())
    }
    const [oldest, newer] = [await read(''), await read('&client_protocol_version=54460')]
    expect(newer.byteLength).toBeGreaterThan(oldest.byteLength)
    const encoder = revisionEncoder(54460)
    const pieces: Uint8Array[] = []
    for (const byte of oldest)
      pieces.push(...(await encoder.push(Uint8Array.of(byte))).map((piece) => piece.slice()))
    expect(Buffer.compare(Buffer.concat(pieces), newer)).toBe(0)
  })

  test('a type that cannot be sent so is an error', async () => {
    const response = await post('SELECT uniqState(1) FORMAT Native', '?client_protocol_version=54460')
    expect(response.status).toBe(501)
  })
})

describe('hostile input', () => {
  test('is answered, and the server lives', async () => {
    const hostile: (() => Promise<Response>)[] = [
      () => post(Buffer.from([0, 255, 254, 0xc3, 0x28])),
      () => post("SELECT '\0', '\xff'"),
      () => post(`SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`),
      () => post(`SELECT '${'x'.repeat(300_000)}'`),
      () => get(`?query=SELECT%20%FF%FE`),
      () => get('?query=SELECT+1&param_=1&param_%00=2&%00=3'),
      () => get('?query=SELECT+{x:Nope}&param_x=1'),
      () => get('?query=SELECT+1&session_timeout=-1&session_id=x'),
      () => get('?query=SELECT+1&compress=maybe'),
      () => get('?query=SELECT+1&query_id=a%0d%0aSet-Cookie:+x'),
      () => get('?query=SELECT+1&client_protocol_version=x'),
      () => get('?query=SELECT+1', { headers: { 'X-Large': 'x'.repeat(12_000) } }),
      () => get(`?query=SELECT+1&x=${'y'.repeat(12_000)}`),
      () => post("SELECT file('/etc/passwd')"),
      () => post("SELECT * APPLY file FROM (SELECT '/etc/passwd')"),
      () => post("SELECT 1 FORMAT Template SETTINGS format_template_row = '/etc/passwd'"),
      () =>
        post(
          "CREATE DICTIONARY d (a UInt64) PRIMARY KEY a SOURCE(EXECUTABLE(COMMAND 'id' FORMAT 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
        ),
      () => post('SYSTEM SHUTDOWN'),
      () => post('SELECT 1', '', { 'Content-Type': 'multipart/form-data; boundary=x' }),
    ]
    for (const request of hostile) {
      const response = await request()
      const text = await response.text()
      expect(response.status).toBeGreaterThanOrEqual(200)
      expect(text).not.toContain('root:')
      expect(response.headers.get('set-cookie')).toBeNull()
    }
    expect(await run('SELECT 1')).toBe('1\n')
  })

  test('a flood is refused with a code, and passes', async () => {
    const answers = await Promise.all(Array.from({ length: 120 }, () => post('SELECT sleep(0.3)')))
    const codes = answers.map((response) => response.headers.get('x-clickhouse-exception-code'))
    expect(codes.filter((code) => code === null).length).toBe(60)
    expect(new Set(codes)).toEqual(new Set([null, '202']))
    expect(await run('SELECT 1')).toBe('1\n')
  }, 120_000)

  test('pages of other sites are refused while there is no password', async () => {
    expect((await post('SELECT 1', '', { Origin: 'https://evil.example' })).status).toBe(403)
    expect((await post('SELECT 1', '', { Host: 'evil.example' })).status).toBe(403)
    expect((await post('SELECT 1', '', { Origin: 'http://localhost:3000' })).status).toBe(200)
  })
})
