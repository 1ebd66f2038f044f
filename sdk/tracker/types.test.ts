/** The tracker's types and the event contract name the same fields and types; the script is as small as it promises. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { SERVER_FIELDS } from '@rtpx/edge/intake/fields'
import { BUILT_IN_TYPES, type EDGE_FIELDS, type EventField } from '@rtpx/kafka/event'
import type { ServerFields } from '../node/event.ts'
import type { EventType, KnownFields } from './fields.ts'

type Same<A, B> = [A, B] extends [B, A] ? true : never
type OfBrowser = Exclude<EventField, (typeof EDGE_FIELDS)[number] | 'event_type'>

/** The compiler says so: a field more or less in the contract, and this does not compile. */
const browserMaySet: Same<keyof KnownFields, OfBrowser> = true
const serverMaySet: Same<keyof ServerFields, OfBrowser | 'source_ip' | 'user_agent'> = true

test('the fields a site or its server may give are those the edge takes from it', () => {
  expect([browserMaySet, serverMaySet]).toEqual([true, true])
  expect(SERVER_FIELDS).toEqual(new Set(['source_ip', 'user_agent']))
})

test('the event types that editors suggest are the built-in ones', async () => {
  const source = await Bun.file(join(import.meta.dir, 'fields.ts')).text()
  const union = /export type EventType =([\s\S]*?)\(string & /.exec(source)?.[1] ?? ''
  const suggested = [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name)
  expect(suggested).toEqual(Object.keys(BUILT_IN_TYPES) satisfies EventType[])
})

test('the script has at most 1.5 KiB as the edge sends it, no eval and no cookie', async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '../build.ts')], { stdout: 'pipe' })
  const script = await new Response(child.stdout).bytes()
  expect(Bun.gzipSync(script, { library: 'libdeflate', level: 12 }).length).toBeLessThanOrEqual(1536)
  expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(1560)
  expect(new TextDecoder().decode(script)).not.toMatch(/eval|Function\(|cookie|innerHTML/)
})
