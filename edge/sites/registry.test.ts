import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from './registry.ts'
import { DEFAULT_SETTINGS, type Site } from './site.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtpx-registry-'))
})
afterEach(() => rm(folder, { recursive: true }))

const SITE: Site = {
  site_id: 'shop',
  domains: [],
  time_zone: 'UTC',
  takes_all: false,
  key_hashes: [],
  settings: DEFAULT_SETTINGS,
}

function registry(fetchSites: () => Promise<Site[]>, errors: unknown[] = []) {
  return new Registry({
    fetchSites,
    file: join(folder, 'edge/sites.json'),
    onError: (error) => errors.push(error),
  })
}

test('a fresh edge takes every event on one site', async () => {
  const fresh = registry(async () => [])
  await fresh.load()
  await fresh.refresh()
  expect(fresh.current.find(undefined, [])?.site_id).toBe('default')
})

test('an edge starts from the copy on disk when ClickHouse is gone', async () => {
  await registry(async () => [SITE]).refresh()
  const errors: unknown[] = []
  const later = registry(() => Promise.reject(new Error('gone')), errors)
  await later.load()
  await later.refresh()
  expect(errors).toHaveLength(1)
  expect(later.current.find('shop', [])?.site_id).toBe('shop')
  expect(later.current.find(undefined, [])).toBeUndefined()
})

test('a broken copy is reported and replaced', async () => {
  await Bun.write(join(folder, 'edge/sites.json'), '{"broken')
  const errors: unknown[] = []
  const registered = registry(async () => [SITE], errors)
  await registered.load()
  expect(errors).toHaveLength(1)
  await registered.refresh()
  expect(registered.current.find('shop', [])?.site_id).toBe('shop')
})
