import { expect, test } from 'bun:test'
import { ROLES } from '#lib/permission.ts'
import type { Shell } from '#lib/shell.ts'
import { HOSTILE } from '../../../test/hostile.ts'
import { pageEntries, rangeEntries, siteEntries } from './entries.ts'
import { HIT_KINDS, hitHref } from './hits.ts'
import { matches, ranked } from './match.ts'

const SITES = Array.from({ length: 12 }, (_, at) => ({
  site_id: `s${at}`,
  name: `Shop ${at}`,
  time_zone: 'UTC',
}))
const shell = (role: Shell['role']): Shell =>
  ({
    site: SITES[1],
    sites: SITES,
    today: '2026-05-01',
    role,
    name: 'Ada',
    shared: false,
  }) as unknown as Shell
const labels = (role: Shell['role']) => pageEntries(shell(role), '').entries.map(({ label }) => label)

test('every word counts, capitals and accents do not; what begins so comes first', () => {
  expect(matches('Été à Paris', 'paris ete')).toBe(true)
  expect(matches('summer_tv', 'summer web')).toBe(false)
  const found = ranked([{ label: 'This month' }, { label: 'Month to date' }, { label: 'Players' }], 'month')
  expect(found.map(({ label }) => label)).toEqual(['Month to date', 'This month'])
})

test('pages are those of the role, and keep the site and the range', () => {
  expect(labels('partner')).not.toContain('Players')
  expect(labels('viewer')).not.toContain('Members')
  expect(labels('owner')).toContain('Members')
  for (const role of ROLES) expect(new Set(labels(role)).size).toBe(labels(role).length)
  expect(pageEntries(shell('owner'), '?site=s1&range=7d&banner=x').entries[1]?.href).toBe(
    '/realtime?site=s1&range=7d',
  )
})

test('the first nine sites have keys; another site has other banners', () => {
  const { entries } = siteEntries(shell('owner'), '?banner=x&range=7d')
  expect(entries.map(({ key }) => key).filter(Boolean)).toEqual([...'123456789'])
  expect(entries[2]?.href).toBe('?range=7d&site=s2')
  expect(siteEntries({ ...shell('owner'), sites: SITES.slice(0, 1) }, '').entries).toEqual([])
  expect(rangeEntries('?from=2026-01-01&to=2026-01-02&banner=x').entries[0]?.href).toBe(
    '?banner=x&range=today',
  )
})

test('hostile names lead nowhere but to a page of ours', () => {
  for (const { kind } of HIT_KINDS)
    for (const id of [...HOSTILE, '//evil.test', '..', '.']) {
      const href = hitHref(
        { kind, id, name: id, about: '', definition: { match: 'all', of: [] } },
        'default',
        '?range=7d',
      )
      const url = new URL(href, 'https://rtpx.test')
      expect([id, url.origin, href.startsWith('/')]).toEqual([id, 'https://rtpx.test', true])
    }
  expect(hitHref({ kind: 'banner', id: 'a&b=c', name: '', about: '' }, 'default', '?range=7d&by=page')).toBe(
    '/?range=7d&site=default&banner=a%26b%3Dc',
  )
})
