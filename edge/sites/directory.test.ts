import { expect, test } from 'bun:test'
import { Directory, hashOf } from './directory.ts'
import { localDay } from './local-day.ts'
import { DEFAULT_SETTINGS } from './site.ts'

const site = (site_id: string, domains: string[] = [], takes_all = false, key_hashes: string[] = []) => ({
  site_id,
  domains,
  takes_all,
  key_hashes,
  time_zone: 'UTC',
  settings: DEFAULT_SETTINGS,
})

test('a site is found by key, by domain, by parent domain, and never by a domain when its key is wrong', () => {
  const directory = new Directory([site('a', ['a.example', '*.a.example']), site('b', ['b.example'])])
  expect(directory.find('b', ['a.example'])?.site_id).toBe('b')
  expect(directory.find(undefined, [undefined, 'x.y.a.example'])?.site_id).toBe('a')
  expect(directory.find(undefined, ['unknown.example', 'b.example'])?.site_id).toBe('b')
  expect(directory.find(undefined, ['eviL-a.example'])).toBeUndefined()
  expect(directory.find('nope', ['b.example'])).toBeUndefined()
  expect(directory.find(undefined, [])).toBeUndefined()
})

test('the site that takes all takes what no other does', () => {
  const directory = new Directory([site('a', ['a.example']), site('rest', [], true)])
  expect(directory.find(undefined, ['a.example'])?.site_id).toBe('a')
  expect(directory.find(undefined, ['b.example'])?.site_id).toBe('rest')
  expect(directory.find('nope', [])?.site_id).toBe('rest')
})

test('a server key names its site, and nothing else does', () => {
  const directory = new Directory([
    site('a', [], false, [hashOf('key-of-a')]),
    site('b', [], false, [hashOf('key-of-b')]),
  ])
  expect(directory.siteOfServerKey('key-of-b')?.site_id).toBe('b')
  expect(directory.siteOfServerKey(hashOf('key-of-b'))).toBeUndefined()
  expect(directory.siteOfServerKey('')).toBeUndefined()
})

test('days begin where the zone says, on both sides of a clock change', () => {
  const berlin = localDay('Europe/Berlin')
  expect(berlin(Date.UTC(2026, 2, 28, 22, 59, 59, 999))).toBe('2026-03-28')
  expect(berlin(Date.UTC(2026, 2, 28, 23))).toBe('2026-03-29')
  expect(berlin(Date.UTC(2026, 2, 29, 21, 59, 59, 999))).toBe('2026-03-29')
  expect(berlin(Date.UTC(2026, 2, 29, 22))).toBe('2026-03-30')
  expect(localDay('Asia/Kathmandu')(Date.UTC(2026, 0, 1, 18, 15))).toBe('2026-01-02')
  expect(localDay('Asia/Kathmandu')(Date.UTC(2026, 0, 1, 18, 14, 59, 999))).toBe('2026-01-01')
  expect(() => localDay('Mars/Olympus')).toThrow(RangeError)
})
