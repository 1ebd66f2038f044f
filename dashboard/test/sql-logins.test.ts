/** A login follows its person: other sites, another role, gone. */
import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SqlLogin } from '@rtpx/clickhouse/queries/sql-logins'
import { type Caller, Forbidden } from '#lib/server/caller.ts'
import { mendingOf } from '#lib/server/sql/login-scopes.ts'
import { sqlScopeOf, TooBusy, takePlace } from '#lib/server/sql/scope.ts'
import { giveTicket, takeTicket } from '#lib/server/sql/tickets.ts'
import { openStore } from '#lib/server/store/database.ts'

const login = (user_id: string, sites: readonly string[] | 'all'): SqlLogin => ({
  login: `sql_${user_id}`,
  organization_id: 'o1',
  user_id,
  purpose: '',
  all_sites: sites === 'all',
  site_ids: sites === 'all' ? [] : sites,
  created_at: '',
  expires_at: null,
})

const caller: Caller = {
  user_id: 'u',
  name: '',
  email: '',
  organization_id: 'o',
  role: 'analyst',
  site_ids: ['a'],
  banner_prefixes: null,
}

test('logins of people who left or may not any more are taken back; sites follow', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rtpx-logins-'))
  const store = await openStore({ url: '', file: join(folder, 'app.db') }, 1)
  try {
    await store.db.insertInto('organizations').values({ id: 'o1', name: 'One', created_at: 1 }).execute()
    for (const [id, role, site_ids, banner_prefixes] of [
      ['same', 'analyst', '["a","b"]', null],
      ['fewer', 'analyst', '["a"]', null],
      ['every', 'owner', null, null],
      ['viewer', 'viewer', null, null],
      ['partner', 'partner', null, '["x"]'],
    ] as const) {
      const moment = new Date(0).toISOString()
      await store.db
        .insertInto('users')
        .values({
          id,
          name: id,
          email: `${id}@x.test`,
          email_verified: 1,
          image: null,
          two_factor_enabled: 0,
          created_at: moment,
          updated_at: moment,
        })
        .execute()
      await store.db
        .insertInto('members')
        .values({
          organization_id: 'o1',
          user_id: id,
          role,
          site_ids,
          banner_prefixes,
          created_at: 1,
          chosen_at: 1,
        })
        .execute()
    }
    const logins = [
      login('same', ['b', 'a']),
      login('fewer', ['a', 'b']),
      login('every', ['a']),
      login('viewer', 'all'),
      login('partner', 'all'),
      login('gone', 'all'),
    ]
    expect(await mendingOf(store.db, logins, async () => ['a', 'b'])).toEqual({
      revoke: ['sql_viewer', 'sql_partner', 'sql_gone'],
      rescope: [
        { login: 'sql_fewer', siteIds: ['a'] },
        { login: 'sql_every', siteIds: 'all' },
      ],
    })
  } finally {
    await store.close()
    await rm(folder, { recursive: true })
  }
})

test('who is narrowed to banners has no SQL, and nobody runs more than four statements', () => {
  expect(() => sqlScopeOf({ ...caller, banner_prefixes: ['x'] })).toThrow(Forbidden)
  expect(sqlScopeOf(caller)).toEqual({ siteIds: ['a'] })
  const places = [1, 2, 3, 4].map(() => takePlace(caller))
  expect(() => takePlace(caller)).toThrow(TooBusy)
  takePlace({ ...caller, user_id: 'another' })()
  for (const giveBack of places) {
    giveBack()
    giveBack()
  }
  takePlace(caller)()
})

test('a download is fetched once, by who asked for it, within a minute', () => {
  const wanted = { asked: { sql: 'SELECT 1', values: {} }, kind: 'csv', name: 'x' } as const
  const ticket = giveTicket(caller, wanted, 0)
  expect(takeTicket({ ...caller, user_id: 'another' }, ticket, 1)).toBeUndefined()
  expect(takeTicket(caller, ticket, 1)).toMatchObject(wanted)
  expect(takeTicket(caller, ticket, 1)).toBeUndefined()
  expect(takeTicket(caller, giveTicket(caller, wanted, 0), 60_001)).toBeUndefined()
})
