import { afterEach, describe, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import type { Connection } from './connection.ts'
import type { Head } from './head.ts'
import { type HttpServer, type HttpServerOptions, serveHttp } from './server.ts'

let server: HttpServer | undefined
afterEach(async () => {
  await server?.stop(0)
  server = undefined
})

/** Answers every request with what was understood of it. */
function echo(head: Head, body: Uint8Array | undefined, connection: Connection): void {
  const text = JSON.stringify([
    head.method,
    head.target,
    head.get('x-note'),
    body && Buffer.from(body).toString('latin1'),
  ])
  connection.send(Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`))
}

function start(options: Partial<HttpServerOptions> = {}): number {
  server = serveHttp({
    hostname: '127.0.0.1',
    port: 0,
    maxBodyBytes: 1_000,
    maxConnections: 100,
    maxConnectionsPerAddress: 100,
    isExempt: () => false,
    onRequest: echo,
    refusal: ({ status, code }) =>
      Buffer.from(`HTTP/1.1 ${status} x\r\ncontent-length: ${code.length}\r\n\r\n${code}`),
    ...options,
  })
  return server.port
}

/** Sends pieces one after the other and gives everything that came back until the connection ended or the answers were there. */
async function exchange(
  port: number,
  pieces: readonly Uint8Array[],
  answers = Number.POSITIVE_INFINITY,
): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let got = ''
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.on('data', (bytes: Buffer) => {
    got += bytes.toString('latin1')
    if ((got.match(/HTTP\/1\.1 /g)?.length ?? 0) >= answers && /\r\n\r\n.+$/s.test(got)) resolve()
  })
  socket.on('close', () => resolve())
  socket.on('error', () => resolve())
  socket.setNoDelay(true)
  for (const piece of pieces) {
    await new Promise<void>((done) => socket.write(piece, () => done()))
    if (pieces.length > 1) await new Promise((done) => setImmediate(done))
  }
  if (answers === Number.POSITIVE_INFINITY) socket.end()
  await promise
  socket.destroy()
  return got
}

const bodies = (answer: string) => answer.split(/HTTP\/1\.1 \d+ \w+\r\n(?:.+\r\n)*\r\n/).slice(1)
const ask = (port: number, text: string) => exchange(port, [Buffer.from(text, 'latin1')])
const get = (headers: string) => `GET / HTTP/1.1\r\nHost: e\r\n${headers}\r\n`

describe('requests', () => {
  test('are understood the same however their bytes are cut, one after the other on a connection', async () => {
    const port = start()
    const stream = [
      'GET /a?b=c HTTP/1.1\r\nHost: e\r\nX-Note:  one \r\n\r\n',
      'POST /p HTTP/1.1\r\nhost: e\r\nContent-Length: 5\r\nx-note: a\r\nX-NOTE: b\r\n\r\nab\r\nc',
      '\r\nPOST /c HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: Chunked\r\n\r\n3;q="x"\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n',
      'HEAD /h HTTP/1.1\r\nHost: e\r\nContent-Length: 0\r\n\r\n',
      'GET /last HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n',
    ].join('')
    const expected = [
      ['GET', '/a?b=c', 'one', null],
      ['POST', '/p', 'a, b', 'ab\r\nc'],
      ['POST', '/c', null, 'abc0123456789'],
      ['HEAD', '/h', null, null],
      ['GET', '/last', null, null],
    ]
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(stream.length), { maxLength: 30 }), async (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), stream.length]
        const pieces = ends.map((end, index) =>
          Buffer.from(stream.slice(ends[index - 1] ?? 0, end), 'latin1'),
        )
        const answer = await exchange(port, pieces)
        expect(bodies(answer).map((text) => JSON.parse(text) as unknown)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: e\r\n\r\n'],
    ['a bare LF in the head', 'GET / HTTP/1.1\r\nHost: e\nX: y\r\n\r\n'],
    ['a bare CR in a value', get('X: a\rb\r\n')],
    ['a NUL in a value', get('X: a\0b\r\n')],
    ['a folded line', get('X: a\r\n b\r\n')],
    ['a space before the colon', get('Content-Length : 3\r\n')],
    ['a header without a name', get(': 3\r\n')],
    ['a header without a colon', get('Content-Length\r\n')],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two Hosts', get('Host: f\r\n')],
    ['a length and a transfer coding', get('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n')],
    ['two lengths', get('Content-Length: 3\r\nContent-Length: 3\r\n')],
    ['a list of lengths', get('Content-Length: 3, 3\r\n')],
    ['a signed length', get('Content-Length: +3\r\n')],
    ['a negative length', get('Content-Length: -3\r\n')],
    ['a length in hex', get('Content-Length: 0x3\r\n')],
    ['a transfer coding that is not chunked', get('Transfer-Encoding: gzip, chunked\r\n')],
    ['chunked twice', get('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n')],
    ['chunked in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a chunk longer than its size', get('Transfer-Encoding: chunked\r\n').concat('3\r\nabcd\r\n0\r\n\r\n')],
    [
      'a chunk size that is no number',
      get('Transfer-Encoding: chunked\r\n').concat('0x3\r\nabc\r\n0\r\n\r\n'),
    ],
    ['a chunk line with a bare LF', get('Transfer-Encoding: chunked\r\n').concat('3\nabc\r\n0\r\n\r\n')],
    ['two spaces in the request line', 'GET  / HTTP/1.1\r\nHost: e\r\n\r\n'],
    ['a control character in the address', 'GET /\x01 HTTP/1.1\r\nHost: e\r\n\r\n'],
    ['another version', 'GET / HTTP/2.0\r\nHost: e\r\n\r\n'],
    ['TLS spoken to it', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s is refused, and what follows is not read', async (_what, text) => {
    const port = start()
    const answer = await ask(port, `${text}GET /smuggled HTTP/1.1\r\nHost: e\r\n\r\n`)
    expect(answer).toStartWith('HTTP/1.1 400 ')
    expect(answer).not.toContain('smuggled')
  })

  test('over a limit are refused with the limit’s status', async () => {
    const port = start()
    expect(await ask(port, `GET /${'x'.repeat(9_000)} HTTP/1.1\r\nHost: e\r\n\r\n`)).toStartWith(
      'HTTP/1.1 414 ',
    )
    expect(await ask(port, get('X: y\r\n'.repeat(70)))).toStartWith('HTTP/1.1 431 ')
    expect(await ask(port, get(`X: ${'y'.repeat(17_000)}\r\n`))).toStartWith('HTTP/1.1 431 ')
    expect(await ask(port, get('Content-Length: 1001\r\n'))).toStartWith('HTTP/1.1 413 ')
    const chunks = get('Transfer-Encoding: chunked\r\n').concat(`200\r\n${'x'.repeat(512)}\r\n`, '200\r\n')
    expect(await ask(port, chunks)).toStartWith('HTTP/1.1 413 ')
    expect(await ask(port, get('Expect: 200-maybe\r\n'))).toStartWith('HTTP/1.1 417 ')
  })

  test('a client that waits to be told goes on, and is answered once', async () => {
    const port = start()
    const head = Buffer.from(get('Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n'))
    const answer = await exchange(port, [head, Buffer.from('ok')])
    expect(answer).toStartWith('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK')
  })

  test('a client that ends its half of the connection still gets its answer', async () => {
    const port = start({
      onRequest: (_head, _body, connection) =>
        void setTimeout(() => connection.send(Buffer.from('HTTP/1.1 204 x\r\n\r\n')), 50),
    })
    expect(await ask(port, get(''))).toStartWith('HTTP/1.1 204 ')
  })

  test('that are slow are told so and cut', async () => {
    const port = start({ requestTimeoutMs: 300 })
    for (const start of ['GET / HT', get('Content-Length: 9\r\n').concat('abc')]) {
      const answer = await exchange(port, [Buffer.from(start)], 1)
      expect(answer).toStartWith('HTTP/1.1 408 ')
    }
  })
})

describe('connections', () => {
  const opened: Socket[] = []
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.destroy()
  })

  async function open(
    port: number,
    localAddress = '127.0.0.1',
  ): Promise<Socket & { got: string; ended: boolean }> {
    const socket = Object.assign(connect({ port, host: '127.0.0.1', localAddress }), {
      got: '',
      ended: false,
    })
    opened.push(socket)
    socket.on('data', (bytes: Buffer) => {
      socket.got += bytes.toString('latin1')
    })
    socket.on('end', () => {
      socket.ended = true
    })
    socket.on('error', () => {})
    await new Promise<void>((done) => socket.once('connect', done))
    return socket
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await Bun.sleep(2)
  }

  test('beyond the bound of an address cost its own idle ones, and others get in', async () => {
    const port = start({ maxConnectionsPerAddress: 2 })
    const [first, second] = [await open(port, '127.0.0.9'), await open(port, '127.0.0.9')]
    await until(() => server?.connections === 2)
    const third = await open(port, '127.0.0.9')
    await until(() => first.ended)
    expect(second.ended).toBe(false)
    for (const socket of [second, third]) socket.write('GET /')
    await Bun.sleep(20)
    const fourth = await open(port, '127.0.0.9')
    await until(() => fourth.got.includes('too_many_connections'))
    const other = await open(port, '127.0.0.8')
    other.write(get(''))
    await until(() => other.got.includes('200 OK'))
  })

  test('beyond the bound of all are told so', async () => {
    const port = start({ maxConnections: 3 })
    for (let index = 0; index < 3; index++) await open(port, `127.0.1.${index + 1}`)
    await until(() => server?.connections === 3)
    const fourth = await open(port, '127.0.1.9')
    await until(() => fourth.got.startsWith('HTTP/1.1 503 '))
  })

  test('that are idle for long are ended', async () => {
    const port = start({ idleTimeoutMs: 100 })
    const idle = await open(port)
    await until(() => idle.ended)
  })

  test('a client that does not read its answers is not asked further, and cut in the end', async () => {
    const large = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: 8000000\r\n\r\n${'x'.repeat(8_000_000)}`)
    let asked = 0
    const onRequest = (_head: Head, _body: unknown, connection: Connection) => {
      asked += 1
      connection.send(large)
    }
    const port = start({ onRequest, requestTimeoutMs: 300 })
    const deaf = await open(port)
    deaf.pause()
    deaf.write(get('').repeat(100))
    await until(() => server?.connections === 0)
    expect(asked).toBeLessThan(5)
  })

  test('end with the server, after the answers on their way', async () => {
    const held: Connection[] = []
    const port = start({ onRequest: (_head, _body, connection) => held.push(connection) })
    const [idle, busy] = [await open(port), await open(port)]
    busy.write(get('') + get(''))
    await until(() => held.length === 1)
    server?.retire()
    await until(() => idle.ended)
    const stopped = server?.stop(5_000)
    expect(held[0]?.endsAfterAnswer).toBe(true)
    held[0]?.send(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))
    await stopped
    await until(() => busy.ended)
    // The second request was not taken in: nobody promised anything for it.
    expect(held).toHaveLength(1)
  })
})
