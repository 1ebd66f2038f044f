/** What an OpenID Connect provider's tokens must hold, against a small provider on loopback that can lie. */
import { afterAll, expect, test } from 'bun:test'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { openIdPerson } from './openid.ts'

const { privateKey, publicKey } = await generateKeyPair('RS256')
const { privateKey: strangersKey } = await generateKeyPair('RS256')
const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig' }

let userinfo: unknown
let calledItself: string | undefined
let issuer = ''
const server: Bun.Server<undefined> = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  routes: {
    '/.well-known/openid-configuration': () =>
      Response.json({
        issuer: calledItself ?? issuer,
        jwks_uri: `${issuer}/jwks`,
        userinfo_endpoint: `${issuer}/me`,
      }),
    '/jwks': () => Response.json({ keys: [jwk] }),
    '/me': () => Response.json(userinfo),
  },
})
issuer = `http://127.0.0.1:${server.port}`
afterAll(() => server.stop(true))

const ADA = { email: 'Ada@Brand.test', email_verified: true, name: 'Ada' }
const claims = (more: JWTPayload = {}): JWTPayload => ({
  iss: issuer,
  aud: 'rtpx',
  sub: '1',
  exp: Math.floor(Date.now() / 1_000) + 600,
  ...ADA,
  ...more,
})
const signed = (payload: JWTPayload, key = privateKey) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256' }).sign(key)
const read = (idToken: string, address?: string) =>
  openIdPerson({ OIDC_ISSUER: address ?? issuer, OIDC_CLIENT_ID: 'rtpx' })({ idToken, accessToken: 'x' })
const codeOf = (token: string | Promise<string>, address?: string) =>
  Promise.resolve(token).then((idToken) =>
    read(idToken, address).then(
      () => 'believed',
      (error) => error.body?.code,
    ),
  )

test('a person is who the ID token names, or the userinfo where the token has no address', async () => {
  const ada = { id: '1', email: 'ada@brand.test', emailVerified: true, name: 'Ada' }
  expect(await read(await signed(claims()))).toEqual(ada)
  expect(await read(await signed(claims()), `${issuer}/`)).toEqual(ada)
  const bare = await signed(claims({ email: undefined, email_verified: undefined, name: undefined }))
  userinfo = { sub: '1', email: 'ada@brand.test' }
  expect(await read(bare)).toEqual({ ...ada, emailVerified: false, name: 'ada@brand.test' })
  userinfo = { sub: '2', email: 'ada@brand.test', email_verified: true }
  expect(await codeOf(bare)).toBe('id_token_refused')
  userinfo = { sub: '1' }
  expect(await codeOf(bare)).toBe('email_is_missing')
})

test('nothing else is believed', async () => {
  const minute = Math.floor(Date.now() / 1_000) - 120
  expect(await codeOf(signed(claims({ iss: 'https://evil.test' })))).toBe('id_token_refused')
  expect(await codeOf(signed(claims({ aud: 'another client' })))).toBe('id_token_refused')
  expect(await codeOf(signed(claims({ exp: minute })))).toBe('id_token_refused')
  expect(await codeOf(signed(claims(), strangersKey))).toBe('id_token_refused')
  expect(await codeOf(new UnsecuredJWT(claims()).encode())).toBe('id_token_refused')
  expect(await codeOf('')).toBe('id_token_refused')
  for (const said of [false, undefined, 'false', 1]) {
    const person = await read(await signed(claims({ email_verified: said })))
    expect([said, person.emailVerified]).toEqual([said, false])
  }
})

test('a provider that calls itself another, or does not answer, signs nobody in', async () => {
  calledItself = 'https://evil.test'
  expect(await codeOf(signed(claims({ iss: 'https://evil.test' })))).toBe('issuer_mismatch')
  calledItself = undefined
  expect(await codeOf(signed(claims()), `${issuer}/elsewhere`)).toBe('provider_unreachable')
})
