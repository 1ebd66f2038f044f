/**
 * Hostile requests, drawn by fast-check: events with one field or more gone bad, bodies that are no events, and bytes that
 * are hardly HTTP.
 */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { BODY_NAMES } from '../intake/fields.ts'

export interface HostileRequest {
  readonly bytes: Buffer
  /** It is HTTP as it should be and gets an answer; the others may be left waiting. */
  readonly isWhole: boolean
  readonly isHead?: boolean
}

const NASTY_TEXTS = [
  '',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '\u0000',
  'a\u0000b',
  '\u001b[31m',
  '\u007f',
  '\u0085',
  '\u2028\u2029',
  '\ufeff',
  '\uffff',
  '\ud800',
  'a\udc00b',
  '💥',
  'e\u0301',
  'İı',
  'ß',
  '"}\n{"event_id":"x"',
  '\\',
  '\\"',
  '\\N',
  '\\u0000',
  'NULL',
  'null',
  'true',
  'nan',
  'inf',
  '-0',
  '0',
  '00012.50',
  '1e3',
  '1e309',
  '0x10',
  '18446744073709551616',
  '99999999999999999999.99999999',
  '0.00000001',
  '-1',
  '9007199254740993',
  '1969-12-31T23:59:59Z',
  '2026-03-04T05:06:07.089+02:00',
  '8640000000000000',
  "'; DROP TABLE events; --",
  '{{brokers}}',
  '%00%ff%0a',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '<script>',
  'https://[::1]:99999/a?b#c',
  'http://user:pass@例え.jp/π?q=1#f',
  `http://${'a.'.repeat(300)}example/`,
  'x'.repeat(64),
  'x'.repeat(129),
  'ü'.repeat(3_000),
  '💥'.repeat(1_100),
  'EUR',
  'eur ',
  'a.b_c-d.example.',
  '1x1',
  '70000x-1',
] as const

/** Pieces of JSON that are values, some of them larger or stranger than any client writes. */
const NASTY_JSON = [
  'null',
  'true',
  '-0',
  '0.1',
  '1e-7',
  '1e21',
  '1e400',
  '-1e400',
  '65535.5',
  '18446744073709551616',
  '9007199254740993',
  '-9223372036854775809',
  '[]',
  '{}',
  '[[[[[[[]]]]]]]',
  '{"a":{"b":{"c":{"d":{"e":1}}}}}',
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}',
  '{"a\\nb":"c\\nd","\\ud800":1}',
  '{"a":1,"a":2}',
  '{"width":1e9,"height":"x"}',
  `[${'1,'.repeat(5_000)}1]`,
  `{"big":"${'y'.repeat(5_000)}"}`,
] as const

const OTHER_NAMES = [
  's',
  'b',
  'metadata',
  'viewport',
  'page_url',
  'created_at',
  'event_date',
  'country',
  'is_bot',
  'queue_error',
  'queue_raw',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'a\nb',
  '"',
] as const

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NASTY_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
)
const name = fc.constantFrom(...BODY_NAMES.keys(), ...OTHER_NAMES)
const json = fc.oneof(
  { weight: 4, arbitrary: text.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.constantFrom(...NASTY_JSON) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 6 }) },
)
const type = fc.constantFrom('visit', 'page_view', 'deposit', 'purchase', 'own_type')

/** What every kind of event needs, so that only the nasty fields decide. */
const base = fc.record({
  event_type: type,
  pid: fc.nat(50).map((player) => `player-${player}`),
  btag: fc.constantFrom('banner-1', 'banner-2'),
})

/** One event as JSON text: its own fields, then nasty ones, which may stand twice. */
const event = fc.tuple(base, fc.array(fc.tuple(name, json), { maxLength: 3 })).map(([fields, nasty]) => {
  const good = Object.entries({ ...fields, path: '/' })
    .filter(([field]) => !nasty.some(([other]) => BODY_NAMES.get(other) === BODY_NAMES.get(field)))
    .map(([field, value]) => [field, JSON.stringify(value)] as const)
  return `{${[...good, ...nasty].map(([field, value]) => `${JSON.stringify(field)}:${value}`).join(',')}}`
})

const deep = fc
  .tuple(fc.constantFrom(10, 1_000, 100_000), fc.constantFrom(['[', ']'], ['{"a":', '}']))
  .map(([depth, [open = '', close = '']]) => `${open.repeat(depth)}1${close.repeat(depth)}`)

const body = fc.oneof(
  { weight: 8, arbitrary: event },
  { weight: 4, arbitrary: fc.array(event, { maxLength: 8 }).map((events) => `[${events.join(',')}]`) },
  {
    weight: 2,
    arbitrary: fc.array(event, { maxLength: 8 }).map((events) => `{"events":[${events.join(',')}]}`),
  },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(event, json), { maxLength: 8 }).map((lines) => lines.join('\n')),
  },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: deep.map((inner) => `{"event_type":"click","metadata":${inner}}`) },
  { weight: 1, arbitrary: deep.map((inner) => `[{"event_type":"click","pid":${inner}}]`) },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: fc.constant(`[${'{},'.repeat(1_000)}{}]`) },
  { weight: 1, arbitrary: fc.constant(`"${'z'.repeat(1_048_576)}"`) },
)

/** Header values: what fits a header line is sent as it is, the rest byte by byte in UTF-8. */
const headerValue = text.map((value) => value.replace(/[\r\n\0]/g, ' '))
const headers = fc.array(
  fc.tuple(
    fc.constantFrom(
      'Referer',
      'User-Agent',
      'Origin',
      'X-Forwarded-For',
      'Forwarded',
      'DNT',
      'Cookie',
      'Accept',
    ),
    headerValue,
  ),
  { maxLength: 3 },
)

function whole(
  method: string,
  target: string,
  extra: readonly (readonly [string, string])[],
  payload = Buffer.alloc(0),
) {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: edge.example',
    ...(payload.length > 0 ? [`Content-Length: ${payload.length}`] : []),
    ...extra.map(([header, value]) => `${header}: ${value}`),
  ]
  const bytes = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), payload])
  return { bytes, isWhole: true, isHead: method === 'HEAD' }
}

const encoded = (value: string) => encodeURIComponent(value.toWellFormed())

const pixel = fc
  .tuple(base, fc.array(fc.tuple(name, text), { maxLength: 3 }), headers)
  .map(([fields, nasty, extra]) => {
    const good = Object.entries(fields).filter(
      ([field]) => !nasty.some(([other]) => BODY_NAMES.get(other) === BODY_NAMES.get(field)),
    )
    const query = [...good, ...nasty].map(([field, value]) => `${encoded(field)}=${encoded(value)}`)
    return whole('GET', `/pixel.gif?${query.join('&')}`, extra)
  })

const brokenQuery = fc
  .tuple(
    fc.constantFrom('/visit', '/deposit', '/pixel.gif'),
    fc.constantFrom(
      '%',
      '%0',
      '%zz',
      '%ff',
      '%ed%a0%80',
      '%c0%af',
      '&&&',
      '===',
      '+',
      '%00',
      '?',
      '#',
      '%0d%0aX: 1',
    ),
    fc.constantFrom('pid', 'btag', 'event_type', 's'),
  )
  .map(([path, bad, field]) => whole('GET', `${path}?event_type=visit&pid=1&btag=2&${field}=${bad}`, []))

const post = fc
  .tuple(
    body,
    headers,
    fc.constantFrom('application/json', 'text/plain', 'text/plain;charset=UTF-8', 'x/y', ''),
  )
  .map(([content, extra, contentType]) =>
    whole('POST', '/api/events', [...extra, ['Content-Type', contentType]], Buffer.from(content)),
  )

const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
const zipped = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: body.map((content) => gzipSync(content)) },
      { weight: 1, arbitrary: fc.constant(bomb) },
      { weight: 1, arbitrary: body.map((content) => gzipSync(content).subarray(0, 20)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
    ),
    fc.constantFrom('gzip', 'GZIP', 'br', 'gzip, gzip', 'identity'),
  )
  .map(([content, encoding]) => whole('POST', '/api/events', [['Content-Encoding', encoding]], content))

const bytesBody = fc
  .uint8Array({ maxLength: 200 })
  .map((bytes) => whole('POST', '/api/events', [], Buffer.from(bytes)))

const otherRoute = fc
  .tuple(
    fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'BREW', 'get'),
    fc.constantFrom(
      '/',
      '/visit',
      '/api/events',
      '/pixel.gif',
      '/../etc/passwd',
      '//',
      '/%2e%2e',
      '*',
      '/health',
      '/metrics/',
    ),
    headers,
  )
  .map(([method, target, extra]) => ({
    ...whole(method, target, extra),
    isWhole: !['TRACE', 'BREW', 'get'].includes(method),
  }))

const CHUNKED = 'POST /api/events HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n'
const EVENT = '{"event_type":"click","pid":"1"}'
const RAW: readonly string[] = [
  '\r\n\r\n',
  'GET',
  'GET / HTTP/9.9\r\n\r\n',
  'GET /visit?pid=1\u0000&btag=2 HTTP/1.1\r\nHost: e\r\n\r\n',
  'GET /visit?pid=1 &btag=2 HTTP/1.1\r\nHost: e\r\n\r\n',
  'GET /visit?pid=1&btag=2 HTTP/1.1\r\n\r\n',
  'GET http://evil.example/visit?pid=1&btag=2 HTTP/1.1\r\nHost: e\r\n\r\n',
  'GET /visit?pid=1&btag=2 HTTP/1.1\r\nHost: e\r\nHost: f\r\n\r\n',
  'GET /visit?pid=1&btag=2 HTTP/1.1\r\nHost: e\r\nX-A: a\u0000b\r\n\r\n',
  'GET /visit?pid=1&btag=2 HTTP/1.1\r\nHost: e\r\n folded: 1\r\n\r\n',
  'GET /visit?pid=1&btag=2 HTTP/1.1\r\nHost : e\r\n\r\n',
  `GET /visit?pid=${'a'.repeat(100_000)}&btag=2 HTTP/1.1\r\nHost: e\r\n\r\n`,
  `GET /visit?pid=1&btag=2 HTTP/1.1\r\nHost: e\r\nX-Long: ${'a'.repeat(100_000)}\r\n\r\n`,
  `GET /visit?pid=1&btag=2 HTTP/1.1\r\nHost: e\r\n${'X-Many: 1\r\n'.repeat(3_000)}\r\n`,
  'POST /api/events HTTP/1.1\r\nHost: e\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}',
  'POST /api/events HTTP/1.1\r\nHost: e\r\nContent-Length: -1\r\n\r\n{}',
  'POST /api/events HTTP/1.1\r\nHost: e\r\nContent-Length: 18446744073709551616\r\n\r\n{}',
  'POST /api/events HTTP/1.1\r\nHost: e\r\nContent-Length: 99999999\r\n\r\n{}',
  'POST /api/events HTTP/1.1\r\nHost: e\r\nContent-Length: 100\r\n\r\n{"half":',
  'POST /api/events HTTP/1.1\r\nHost: e\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /visit?pid=smuggled&btag=2 HTTP/1.1\r\nHost: e\r\n\r\n',
  'POST /api/events HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'POST /api/events HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'POST /api/events HTTP/1.1\r\nHost: e\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}',
  `${CHUNKED}\r\n${EVENT.length.toString(16)}\r\n${EVENT}\r\n0\r\n\r\n`,
  `${CHUNKED}\r\nzz\r\n${EVENT}\r\n0\r\n\r\n`,
  `${CHUNKED}\r\nffffffffffffffff1\r\n${EVENT}\r\n0\r\n\r\n`,
  `${CHUNKED}\r\n-5\r\n${EVENT}\r\n0\r\n\r\n`,
  `${CHUNKED}\r\n5\r\n${EVENT}\r\n`,
  `${CHUNKED}\r\n200000\r\n${'a'.repeat(0x200000)}\r\n0\r\n\r\n`,
  `${CHUNKED}Content-Encoding: gzip\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
]
const raw = fc.oneof(
  fc.constantFrom(...RAW).map((bytes) => ({ bytes: Buffer.from(bytes, 'latin1'), isWhole: false })),
  fc
    .uint8Array({ minLength: 1, maxLength: 300 })
    .map((bytes) => ({ bytes: Buffer.from(bytes), isWhole: false })),
  // A good request cut short or with one byte changed.
  fc.tuple(fc.oneof(pixel, post), fc.nat(), fc.nat(255), fc.boolean()).map(([{ bytes }, at, byte, isCut]) => {
    const position = at % bytes.length
    if (isCut) return { bytes: bytes.subarray(0, position), isWhole: false }
    const changed = Buffer.from(bytes)
    changed[position] = byte
    return { bytes: changed, isWhole: false }
  }),
)

/** The same seed draws the same requests. */
export function hostileRequests(count: number, seed: number): HostileRequest[] {
  const any = fc.oneof(
    { weight: 8, arbitrary: pixel },
    { weight: 8, arbitrary: post },
    { weight: 1, arbitrary: brokenQuery },
    { weight: 1, arbitrary: zipped },
    { weight: 1, arbitrary: bytesBody },
    { weight: 1, arbitrary: otherRoute },
    { weight: 2, arbitrary: raw },
  )
  return fc.sample<HostileRequest>(any, { numRuns: count, seed })
}
