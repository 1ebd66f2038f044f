/**
 * Signing in by a provider, and mails, with a real OpenID Connect provider and a real mail server on loopback: the invited
 * come in, who has an account gets to it by a verified address alone, and what goes wrong is said. ClickHouse is not needed.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MailServer, startMailServer } from '@rtpx/clickhouse/mail-server'
import { invite } from '#lib/server/accounts/invitations.ts'
import { addMember } from '#lib/server/accounts/members.ts'
import { createPerson, firstOrganization } from '#lib/server/accounts/people.ts'
import { openStore, type Store } from '#lib/server/store/database.ts'
import { launchBrowser } from './browser.ts'
import { CLIENT, type OpenIdProvider, startOpenIdProvider } from './openid-provider.ts'
import { PASSWORD } from './people.ts'
import { sessionCookie, startDashboard } from './stack.ts'

setDefaultTimeout(120_000)

const folder = mkdtempSync(join(tmpdir(), 'rtpx-providers-'))
let origin: string
let provider: OpenIdProvider
let mail: MailServer
let store: Store
let dashboard: Awaited<ReturnType<typeof startDashboard>>
let organization_id: string
let owner: string

beforeAll(async () => {
  const port = freePort()
  origin = `http://127.0.0.1:${port}`
  ;[provider, mail] = await Promise.all([startOpenIdProvider(origin), startMailServer()])
  dashboard = await startDashboard(
    {
      CLICKHOUSE_URL: `http://127.0.0.1:${freePort()}`,
      RTPX_DATA: folder,
      ORIGIN: origin,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: CLIENT.id,
      OIDC_CLIENT_SECRET: CLIENT.secret,
      OIDC_NAME: 'Brand SSO',
      GOOGLE_CLIENT_ID: 'google-client',
      GOOGLE_CLIENT_SECRET: 'google-secret',
      GITHUB_CLIENT_ID: 'github-client',
      GITHUB_CLIENT_SECRET: 'github-secret',
      SMTP_URL: mail.url,
      MAIL_FROM: 'rtpx <stats@brand.test>',
    },
    String(port),
  )
  const code = readFileSync(join(folder, 'secrets/setup-code'), 'utf8').trim()
  const person = { name: 'Olivia', email: 'owner@brand.test', password: PASSWORD }
  owner = sessionCookie(await send('/setup', { ...person, organization: 'Brand', code }))
  store = await openStore({ url: '', file: join(folder, 'dashboard/app.db') }, Date.now())
  organization_id = await firstOrganization(store.db)
})
afterAll(async () => {
  await store?.close()
  dashboard?.child.kill()
  await dashboard?.child.exited
  await Promise.all([provider?.stop(), mail?.stop()])
  rmSync(folder, { recursive: true, force: true })
})

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
  listener.stop(true)
  return listener.port
}

const send = (path: string, fields: Record<string, string>, cookie = '') =>
  fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { origin, accept: 'text/html', ...(cookie && { cookie }) },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })

/** The cookies of one browser. */
class Jar {
  readonly #cookies = new Map<string, string>()
  get header() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }
  take(response: Response): Response {
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }
}

const unescaped = (text: string) => text.replaceAll('&amp;', '&')

/** Presses a provider's button. @returns the provider's page that follows */
async function press(jar: Jar, id: string, next = '/settings/security'): Promise<URL> {
  // More people than one address has in a minute.
  await store.db.deleteFrom('rate_limits').execute()
  const page = await jar.take(await send('/sign-in?/provider', { provider: id, next })).text()
  return new URL(
    unescaped(/http-equiv="refresh" content="0;url=([^"]+)"/.exec(page)?.[1] ?? `${origin}/none`),
  )
}

/** Goes on from an address to where redirects end, or to the provider's answer. @param until stops before it */
async function follow(jar: Jar, from: URL | string, until = 'never') {
  let at = new URL(from)
  for (let steps = 0; steps < 15; steps++) {
    if (at.pathname.includes(until)) return { url: at, text: '' }
    const headers = { cookie: jar.header, accept: 'text/html' }
    const response = jar.take(await fetch(at, { headers, redirect: 'manual' }))
    const location = response.headers.get('location')
    if (!location) return { url: at, text: await response.text() }
    at = new URL(location, at)
  }
  throw new Error(`it goes round in circles at ${at}`)
}

const signInBy = async (jar = new Jar()) => follow(jar, await press(jar, 'oidc'))
const toCallback = async (jar: Jar) => (await follow(jar, await press(jar, 'oidc'), '/api/auth/')).url
const somebody = (email: string, email_verified = true) => ({
  sub: `sub of ${email}`,
  email,
  email_verified,
  name: 'Nora New',
})
const invited = (email: string) =>
  invite(
    store.db,
    { organization_id, email, invited_by: 'Olivia', role: 'analyst', site_ids: null, banner_prefixes: null },
    Date.now(),
  )
async function member(email: string) {
  const id = await createPerson(store, { name: 'Max', email, password: PASSWORD }, Date.now())
  const scope = { role: 'viewer' as const, site_ids: null, banner_prefixes: null }
  await addMember(store.db, { organization_id, user_id: id, ...scope }, Date.now())
  return id
}
const waysIn = async (email: string) =>
  (
    await store.db
      .selectFrom('credentials')
      .innerJoin('users', 'users.id', 'credentials.user_id')
      .select('provider_id')
      .where('email', '=', email)
      .orderBy('provider_id')
      .execute()
  ).map(({ provider_id }) => provider_id)

describe('an OpenID Connect provider', () => {
  test('brings in the invited, in a browser, with PKCE and a state; the audit log has it', async () => {
    await invited('nora@brand.test')
    provider.person = somebody('nora@brand.test')
    const browser = await launchBrowser()
    try {
      const page = await browser.newPage()
      await page.goto(`${origin}/sign-in?next=/settings/security`)
      await page.getByRole('button', { name: 'Continue with Brand SSO' }).click()
      await page.waitForURL(`${origin}/settings/security`)
      await page.getByRole('heading', { name: 'Sessions' }).waitFor()
    } finally {
      await browser.close()
    }
    expect(Object.fromEntries(provider.asked)).toMatchObject({
      client_id: CLIENT.id,
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^.{32,}$/),
      redirect_uri: `${origin}/api/auth/oauth2/callback/oidc`,
    })
    expect(provider.asked.get('scope')?.split(' ').sort()).toEqual(['email', 'openid', 'profile'])
    const { role } = await store.db
      .selectFrom('members')
      .innerJoin('users', 'users.id', 'members.user_id')
      .select('role')
      .where('email', '=', 'nora@brand.test')
      .executeTakeFirstOrThrow()
    expect(role).toBe('analyst')
    const noted = await store.db
      .selectFrom('audit_log')
      .select('action')
      .where('target', '=', 'nora@brand.test')
      .execute()
    expect(noted).toContainEqual({ action: 'session.signed_in' })
    // Once more, with the account that is there now.
    expect((await signInBy()).url.pathname).toBe('/settings/security')
  })

  test('brings in nobody else, nor the invited by an address it has not verified', async () => {
    await invited('later@brand.test')
    for (const person of [somebody('stranger@evil.test'), somebody('later@brand.test', false)]) {
      provider.person = person
      const jar = new Jar()
      const { url, text } = await signInBy(jar)
      expect([url.searchParams.get('error'), jar.header.includes('session_token')]).toEqual([
        'not_invited',
        false,
      ])
      expect(text).toContain('This address is not invited')
      expect(await waysIn(person.email)).toEqual([])
    }
  })

  test('leads to an account that is there by a verified address alone', async () => {
    const id = await member('max@brand.test')
    provider.person = somebody('max@brand.test', false)
    const thief = new Jar()
    expect((await signInBy(thief)).text).toContain('sign in with its password')
    expect([thief.header.includes('session_token'), await waysIn('max@brand.test')]).toEqual([
      false,
      ['credential'],
    ])
    // Who made the account never showed that the address is theirs: its owner must not land in it.
    await store.db.updateTable('users').set({ email_verified: 0 }).where('id', '=', id).execute()
    provider.person = somebody('MAX@brand.test')
    expect((await signInBy()).url.searchParams.get('error')).toBe('account_not_linked')
    await store.db.updateTable('users').set({ email_verified: 1 }).where('id', '=', id).execute()
    expect((await signInBy()).url.pathname).toBe('/settings/security')
    expect(await waysIn('max@brand.test')).toEqual(['credential', 'oidc'])
    // Another account at the provider that takes over the address is not the first.
    provider.person = { ...somebody('max@brand.test', false), sub: 'another' }
    expect((await signInBy()).url.searchParams.get('error')).toBe('account_not_linked')
  })

  test('is answered once, in the browser that asked, with its state and its issuer', async () => {
    provider.person = somebody('nora@brand.test')
    const refused = async (jar: Jar, url: URL) => {
      const { url: end, text } = await follow(jar, url)
      expect([end.pathname, jar.header.includes('session_token')]).toEqual(['/sign-in', false])
      return /Not done\.<\/strong>([^<]*)/.exec(text)?.[1]?.trim()
    }
    const elsewhere = 'This sign-in was begun elsewhere, or long ago. Start again.'
    expect(await refused(new Jar(), await toCallback(new Jar()))).toBe(elsewhere)
    const changed = new Jar()
    const other = await toCallback(changed)
    other.searchParams.set('state', 'x'.repeat(32))
    expect(await refused(changed, other)).toBe(elsewhere)
    const foreign = new Jar()
    const issued = await toCallback(foreign)
    expect(issued.searchParams.get('iss')).toBe(provider.issuer)
    issued.searchParams.set('iss', 'https://evil.test')
    expect(await refused(foreign, issued)).toContain('another provider than this install trusts')
    const jar = new Jar()
    const used = await toCallback(jar)
    const twice = new Jar()
    expect((await follow(jar, used)).url.pathname).toBe('/settings/security')
    expect(await refused(twice, used)).toBe(elsewhere)
    provider.person = null
    expect((await signInBy()).text).toContain('You did not let the provider tell who you are')
  })
})

describe('Google and GitHub', () => {
  // Their hosts are not asked: what comes after the answer is better-auth's.
  test.each([
    ['google', 'https://accounts.google.com/o/oauth2/v2/auth', ['email', 'openid', 'profile'], 'S256'],
    ['github', 'https://github.com/login/oauth/authorize', ['read:user', 'user:email'], null],
  ] as const)(
    '%s is asked at its address, for an address, and sends people back here',
    async (id, at, scopes, pkce) => {
      const url = await press(new Jar(), id)
      expect(url.origin + url.pathname).toBe(at)
      const { searchParams } = url
      expect([searchParams.get('client_id'), searchParams.get('redirect_uri')]).toEqual([
        `${id}-client`,
        `${origin}/api/auth/callback/${id}`,
      ])
      expect(searchParams.get('scope')?.split(' ').sort()).toEqual([...scopes])
      if (pkce) expect(searchParams.get('code_challenge_method')).toBe(pkce)
      const callback = await follow(
        new Jar(),
        `${origin}/api/auth/callback/${id}?code=x&state=${searchParams.get('state')}`,
      )
      expect(callback.text).toContain('This sign-in was begun elsewhere')
    },
  )
})

describe('mails', () => {
  /** The link of the newest mail to somebody. */
  const linkTo = (address: string) => {
    const raw = mail.received.findLast(({ to }) => to.includes(address))?.raw ?? ''
    const text = raw.replaceAll('=\r\n', '').replaceAll('=3D', '=')
    expect(text).toContain('From: rtpx <stats@brand.test>')
    return new URL(/^http\S+$/m.exec(text)?.[0] ?? 'none:')
  }

  test('bring a forgotten password back, and nobody a word about who has an account', async () => {
    await member('mia@brand.test')
    const words = async (email: string) =>
      (await (await send('/forgot', { email })).text())
        .replaceAll(email, '…')
        .match(/role="status"[^<]*<\/p>/)?.[0]
    expect(await words('mia@brand.test')).toBe((await words('nobody@brand.test')) ?? 'none')
    const link = linkTo('mia@brand.test')
    expect([link.origin, mail.received.filter(({ to }) => to.includes('nobody@brand.test'))]).toEqual([
      origin,
      [],
    ])
    const password = 'quite another password'
    expect((await send(link.pathname, { password })).headers.get('location')).toBe('/sign-in')
    const signedIn = await send('/sign-in?/password', { email: 'mia@brand.test', password })
    expect(sessionCookie(signedIn)).not.toBe('')
  })

  test('invite; when the server takes none, the link is shown', async () => {
    const asked = (email: string) => send('/settings/members?/invite', { email, role: 'viewer' }, owner)
    const page = await (await asked('ina@brand.test')).text()
    expect([
      page.includes('on its way to ina@brand.test'),
      page.includes('data-testid="invitation"'),
    ]).toEqual([true, false])
    const link = linkTo('ina@brand.test')
    const joined = await send(`${link.pathname}?/create`, {
      name: 'Ina',
      email: 'ina@brand.test',
      password: PASSWORD,
    })
    expect([joined.status, sessionCookie(joined)]).toEqual([303, expect.stringContaining('session_token')])
    mail.refused.add('full@brand.test')
    expect(await (await asked('full@brand.test')).text()).toContain('data-testid="invitation"')
  })
})

test('a provider that is gone is said to be, at the button and on the way back', async () => {
  provider.person = somebody('nora@brand.test')
  const jar = new Jar()
  const back = await toCallback(jar)
  await provider.stop()
  expect((await follow(jar, back)).text).toContain('The provider does not answer')
  const answer = await send('/sign-in?/provider', { provider: 'oidc', next: '/' })
  expect([answer.status, await answer.text()]).toEqual([
    502,
    expect.stringContaining('The provider does not answer'),
  ])
})
