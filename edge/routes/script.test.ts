import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { testEdge } from '../testing.ts'
import { buildScript, MODULES, scriptRoutes } from './script.ts'

const { hash, plain } = await buildScript()

test('/rtpx.js is the script, for any site, and soon asked for again', async () => {
  const { send } = testEdge()
  const response = await send('/rtpx.js')
  expect(response.status).toBe(200)
  expect(Object.fromEntries(response.headers)).toEqual({
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=600',
    'content-type': 'text/javascript; charset=utf-8',
    'cross-origin-resource-policy': 'cross-origin',
    etag: `W/"${hash}"`,
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
  })
  const text = await response.text()
  expect(text).toBe(new TextDecoder().decode(plain))
  expect(() => new Function(text)).not.toThrow()
})

test('/rtpx.HASH.js never changes', async () => {
  const { send } = testEdge()
  const response = await send(`/rtpx.${hash}.js`)
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(await response.bytes()).toEqual(plain)
})

test.each(MODULES)('the module %s is served like the tracker, small and by its own hash', async (module) => {
  const { send } = testEdge()
  const { hash, plain, gzip } = await buildScript(module)
  expect(gzip.length).toBeLessThanOrEqual(768)
  const response = await send(`/rtpx-${module}.js`)
  expect(response.headers.get('etag')).toBe(`W/"${hash}"`)
  expect(await response.bytes()).toEqual(plain)
  const named = await send(`/rtpx-${module}.${hash}.js`)
  expect(named.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  const other = await send(`/rtpx-${module}.0123456789abcdef.js`)
  expect([other.status, other.headers.get('location')]).toEqual([302, `rtpx-${module}.js`])
})

test("another version's hash leads to the script of this one", async () => {
  const { send } = testEdge()
  const response = await send('/rtpx.0123456789abcdef.js')
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe('rtpx.js')
  expect(response.headers.get('cache-control')).toBe('no-store')
})

test.each([
  '/rtpx.abc.js',
  '/rtpx.0123456789ABCDEF.js',
  '/rtpx.0123456789abcdef.json',
  '/rtpx',
  '/rtpx.',
  '/rtpx-none.js',
])('%s is nothing', async (path) => {
  const response = await testEdge().send(path)
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ code: 'not_found' })
})

test.each([
  ['gzip', true],
  ['br, gzip;q=0.5', true],
  ['GZIP', true],
  ['br', false],
  ['gzip;q=0', false],
  ['gzip; q=0.0, br', false],
  ['identity', false],
])('accept-encoding %s: zipped %p', async (encoding, isZipped) => {
  const response = await testEdge().send('/rtpx.js', { headers: { 'accept-encoding': encoding } })
  expect(response.headers.get('content-encoding')).toBe(isZipped ? 'gzip' : null)
  const bytes = new Uint8Array(await response.arrayBuffer())
  expect(isZipped ? new Uint8Array(gunzipSync(bytes)) : bytes).toEqual(plain)
})

test.each([
  [`W/"${hash}"`, 304],
  [`"other", "${hash}"`, 304],
  ['*', 304],
  ['W/"other"', 200],
])('if-none-match %s: %p', async (tag, status) => {
  const response = await testEdge().send('/rtpx.js', { headers: { 'if-none-match': tag } })
  expect(response.status).toBe(status)
  expect(response.headers.get('etag')).toBe(`W/"${hash}"`)
})

test('HEAD tells the same without the script', async () => {
  const response = await testEdge().send('/rtpx.js', { method: 'HEAD' })
  expect(response.headers.get('etag')).toBe(`W/"${hash}"`)
  expect(await response.text()).toBe('')
})

test('it is built once for many at once, and again after a failure', async () => {
  let builds = 0
  const app = scriptRoutes(async () => {
    builds += 1
    if (builds === 1) throw new Error('no space left')
    return buildScript()
  })
  const ask = () => app.handle(new Request('http://localhost/rtpx.js')).then(({ status }) => status)
  expect(await ask()).toBe(500)
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([200, 200, 200])
  expect(builds).toBe(2)
})

test('a source that cannot be built says why', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtpx-script-'))
  const program = join(folder, 'build.ts')
  writeFileSync(program, 'throw new Error("a bracket is missing")')
  try {
    await expect(buildScript(undefined, program)).rejects.toThrow('a bracket is missing')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
