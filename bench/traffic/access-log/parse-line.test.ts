import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseLine } from './parse-line.ts'

const parse = (line: string) => parseLine(Buffer.from(line))
const line = (request: string, rest = '200 5 "-" "-"', host = '10.0.0.1') =>
  `${host} - - [17/May/2015:10:05:03 +0200] "${request}" ${rest}`

test('reads every field of a line', () => {
  const agent = 'Mozilla/5.0 (X11; Linux x86_64)'
  expect(parse(line('GET /a?b=c&d HTTP/1.1', `404 - "https://x.example/" "${agent}"`))).toEqual({
    address: '10.0.0.1',
    time: Date.UTC(2015, 4, 17, 8, 5, 3),
    method: 'GET',
    target: '/a?b=c&d',
    status: 404,
    referrer: 'https://x.example/',
    userAgent: agent,
  })
})

describe('takes what servers really write', () => {
  test.each([
    ['HTTP/2', line('GET /two HTTP/2.0'), { target: '/two' }],
    ['no protocol', line('GET /old'), { target: '/old' }],
    ['an absolute target', line('GET http://x/y HTTP/1.1'), { target: 'http://x/y' }],
    ['a blank in the target, as awk cuts it', line('GET /a b HTTP/1.1'), { target: '/a' }],
    ['escapes in the target, as they stand', line('GET /\\"q\\" HTTP/1.1'), { target: '/\\"q\\"' }],
    ['the common format', line('GET /c HTTP/1.1', '200 -'), { referrer: undefined, userAgent: undefined }],
    ['IPv6', line('GET / HTTP/1.1', '200 1 "-" "-"', '2001:DB8::1'), { address: '2001:db8::1' }],
    ['a host name', line('GET / HTTP/1.1', '200 1 "-" "-"', 'host.example'), { address: undefined }],
    ['a user with a blank', line('GET /u HTTP/1.1').replace('- -', '- a b'), { target: '/u' }],
    ['escaped quotes', line('GET / H', '200 1 "-" "a \\"b\\" \\\\c"'), { userAgent: 'a "b" \\c' }],
    ['bytes in hexadecimal', line('GET / H', '200 1 "-" "\\xC3\\xA9\\x22"'), { userAgent: 'é"' }],
    ['fields after the agent', line('GET / H', '200 1 "r" "a" "1.2.3.4" 0.05'), { userAgent: 'a' }],
    ['no quote at the end', line('GET / H', '200 1 "-" "cut sho'), { userAgent: 'cut sho' }],
    ['no agent', line('GET / H', '200 1 "https://r/'), { referrer: 'https://r/', userAgent: undefined }],
  ])('%s', (_, text, expected) => expect(parse(text)).toMatchObject(expected))

  test('Latin-1, so that different bytes stay different paths', () => {
    const latin = (text: string) => parseLine(Buffer.from(line(`GET /${text} HTTP/1.1`), 'latin1'))
    expect(latin('caf\xe9')).toMatchObject({ target: '/café' })
    expect(latin('caf\xe8')).toMatchObject({ target: '/cafè' })
  })
})

test.each([
  ['', 'empty'],
  ['  ', 'empty'],
  ['nothing of the kind', 'not in the combined format'],
  [line('-', '408 - "-" "-"'), 'no request target'],
  [line('', '400 0 "-" "-"'), 'no request target'],
  [line('GET / HTTP/1.1').replace('17/May', '31/Feb'), 'not a date'],
  [line('GET / HTTP/1.1').replace('May', 'Mai'), 'not a date'],
  [line('GET / HTTP/1.1').replace('10:05', '25:05'), 'not a date'],
  [line('GET / HTTP/1.1').replace('" 200', ' 200'), 'not in the combined format'],
])('says why %p holds no request', (text, reason) => expect(parse(text)).toBe(reason))

test('is total, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const read = parseLine(bytes)
      expect(typeof read === 'string' ? read : read.target).not.toBe('')
    }),
  )
})

test('an intact line comes back as it was written', () => {
  const word = fc.stringMatching(/^[!#-[\]-~]{1,40}$/)
  fc.assert(
    fc.property(word, word, fc.integer({ min: 0, max: 4_000_000_000 }), (target, agent, second) => {
      const [, month, day, year, time] = new Date(second * 1000).toUTCString().match(WHEN) ?? []
      const text = `::1 - - [${month}/${day}/${year}:${time} +0000] "GET ${target} HTTP/1.1" 200 1 "-" "${agent}"`
      expect(parse(text)).toMatchObject({
        target,
        time: second * 1000,
        userAgent: agent === '-' ? undefined : agent,
      })
    }),
  )
})
const WHEN = /, (\d\d) (\w{3}) (\d{4}) (\S+)/

test('hostile lines of 64 KiB take no longer than they are', () => {
  for (const piece of ['[', '\\', ' [17/May/2015:10:05:03 +0200] "', '"\\" ', ' '])
    expect(typeof parse(`a - ${piece.repeat(65_536 / piece.length)}`)).toBe('string')
})
