/** The tracker's types and the event contract name the same fields and types; the script is as small as it promises. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { BUILT_IN_TYPES, EDGE_FIELDS, EVENT_FIELDS, type EventField } from '@rtpx/kafka/event'
import type { EventType, KnownFields } from './types.ts'

/** Every known field, once: the compiler holds this list to the type, the test holds it to the contract. */
const KNOWN: Record<Exclude<keyof KnownFields, never>, true> = {
  event_id: true,
  site_id: true,
  player_id: true,
  banner_tag: true,
  visitor_id: true,
  session_id: true,
  occurred_at: true,
  domain: true,
  path: true,
  referrer: true,
  viewport_width: true,
  viewport_height: true,
  amount: true,
  currency: true,
  transaction_id: true,
  metadata: true,
}

test('the fields a site may give are those of the contract that a browser may set', () => {
  const fromBrowser = EVENT_FIELDS.filter(
    (field) => !(EDGE_FIELDS as readonly EventField[]).includes(field) && field !== 'event_type',
  )
  expect(Object.keys(KNOWN).toSorted()).toEqual(fromBrowser.toSorted())
})

test('the event types that editors suggest are the built-in ones', async () => {
  const source = await Bun.file(join(import.meta.dir, 'types.ts')).text()
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
