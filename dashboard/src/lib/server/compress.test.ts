import { expect, test } from 'bun:test'
import { gunzipSync } from 'node:zlib'
import { compressed } from './compress.ts'

const TEXT = '<p>banner</p>'.repeat(1_000)
const page = (headers: Record<string, string> = {}, text = TEXT) =>
  new Response(text, { headers: { 'content-type': 'text/html', etag: '"a"', ...headers } })
const asking = (headers: Record<string, string>, path = '/campaigns', method = 'GET') =>
  new Request(`https://rtpx.test${path}`, { method, headers: { 'accept-encoding': 'gzip, br', ...headers } })
const encodingOf = (request: Request, response = page()) =>
  compressed(request, response).headers.get('content-encoding')

test('a page is the same, smaller, and says that it depends on who asks', async () => {
  const answer = compressed(asking({}), page({ 'content-length': String(TEXT.length) }))
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-encoding': 'gzip',
    etag: 'W/"a"',
    vary: 'accept-encoding',
  })
  expect(answer.headers.get('content-length')).not.toBe(String(TEXT.length))
  const bytes = await answer.bytes()
  expect(bytes.length).toBeLessThan(TEXT.length / 20)
  expect(gunzipSync(bytes).toString()).toBe(TEXT)
})

test('what comes in parts leaves in parts', async () => {
  let rest = (_text: string) => {}
  const parts = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('first'))
      rest = (text) => {
        controller.enqueue(new TextEncoder().encode(text))
        controller.close()
      }
    },
  })
  const answer = compressed(asking({}), new Response(parts, { headers: { 'content-type': 'text/html' } }))
  const reader = (answer.body as ReadableStream<Uint8Array>)
    .pipeThrough(new DecompressionStream('gzip') as unknown as TransformStream<Uint8Array, Uint8Array>)
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .getReader()
  expect((await reader.read()).value).toBe('first')
  rest('second')
  expect((await reader.read()).value).toBe('second')
  expect((await reader.read()).done).toBe(true)
})

test('who goes away in the middle is no error', async () => {
  const noise = Array.from({ length: 8 }, () => crypto.getRandomValues(new Uint8Array(65_536)))
  for (let guest = 0; guest < 20; guest += 1) {
    const parts = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(noise[guest % 8] ?? new Uint8Array()),
    })
    const answer = compressed(asking({}), new Response(parts, { headers: { 'content-type': 'text/html' } }))
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    await reader.cancel()
  }
  // What was being compressed when they left is ready before what came after it; an error nobody catches fails this test.
  expect(gunzipSync(await compressed(asking({}), page()).bytes()).toString()).toBe(TEXT)
})

test('only for who takes it, and what is text', () => {
  for (const none of ['', 'br', 'gzip;q=0', 'identity, *;q=0'])
    expect(encodingOf(asking({ 'accept-encoding': none }))).toBeNull()
  for (const some of ['gzip', 'br;q=1, GZIP ; q=0.5', '*'])
    expect(encodingOf(asking({ 'accept-encoding': some }))).toBe('gzip')
  expect(encodingOf(asking({}), page({ 'content-type': 'text/csv' }))).toBeNull()
  expect(encodingOf(asking({}), page({ 'content-disposition': 'attachment' }))).toBeNull()
  expect(encodingOf(asking({}), new Response(null, { status: 304 }))).toBeNull()
  expect(encodingOf(asking({ upgrade: 'websocket' }, '/live'))).toBeNull()
})

test('no length is told of what another site asked for, of a form’s answer, of pages with secrets', () => {
  for (const site of ['cross-site', 'same-site'])
    expect(encodingOf(asking({ 'sec-fetch-site': site }))).toBeNull()
  expect(encodingOf(asking({ 'sec-fetch-site': 'same-origin' }))).toBe('gzip')
  expect(encodingOf(asking({}, '/campaigns', 'POST'))).toBeNull()
  for (const path of ['/settings/keys', '/settings', '/sign-in', '/shared/abc', '/api/sql/run'])
    expect(encodingOf(asking({}, path))).toBeNull()
})
