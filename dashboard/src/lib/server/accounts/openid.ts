/**
 * Who an OpenID Connect provider says somebody is. Believed only when the provider is the one the settings name and its
 * ID token holds: signed with the provider's keys, from this issuer, for this client, not over. An address counts as
 * verified only when the provider says so.
 */
import type { OAuth2Tokens, OAuth2UserInfo } from 'better-auth'
import { APIError } from 'better-auth/api'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { logger } from '../log.ts'

const TIMEOUT_MS = 10_000
const CLOCK_TOLERANCE_S = 60

interface Discovered {
  readonly issuer: string
  readonly jwks_uri: string
  readonly userinfo_endpoint?: string
}

interface Client {
  readonly OIDC_ISSUER: string
  readonly OIDC_CLIENT_ID: string
}

const withoutSlash = (address: string) => address.replace(/\/$/, '')

/** Where a provider tells its endpoints. */
export const discoveryOf = (issuer: string) => `${withoutSlash(issuer)}/.well-known/openid-configuration`

/** Reads the person out of a sign-in's tokens. @throws APIError with a code the sign-in page has words for */
export function openIdPerson({ OIDC_ISSUER, OIDC_CLIENT_ID }: Client) {
  return async (tokens: OAuth2Tokens): Promise<OAuth2UserInfo> => {
    const provider = await ask<Discovered>(discoveryOf(OIDC_ISSUER))
    if (withoutSlash(provider.issuer) !== withoutSlash(OIDC_ISSUER))
      throw refusal('issuer_mismatch', `the provider calls itself ${provider.issuer}`)
    const { payload } = await jwtVerify(
      tokens.idToken ?? '',
      createRemoteJWKSet(new URL(provider.jwks_uri), { timeoutDuration: TIMEOUT_MS }),
      { issuer: provider.issuer, audience: OIDC_CLIENT_ID, clockTolerance: CLOCK_TOLERANCE_S },
    ).catch((error: Error) => {
      throw refusal('id_token_refused', error.message)
    })
    return personOf(await withUserInfo(payload, provider, tokens.accessToken ?? ''))
  }
}

/** Many providers tell the address only where it is asked for by the access token. */
async function withUserInfo(claims: JWTPayload, { userinfo_endpoint }: Discovered, accessToken: string) {
  if (claims.email || !userinfo_endpoint) return claims
  const more = await ask<JWTPayload>(userinfo_endpoint, { authorization: `Bearer ${accessToken}` })
  if (more.sub !== claims.sub) throw refusal('id_token_refused', 'the userinfo is of somebody else')
  return { ...more, ...claims }
}

function personOf({ sub, email, email_verified, name }: JWTPayload): OAuth2UserInfo {
  if (!sub || typeof email !== 'string' || !email) throw refusal('email_is_missing', 'no address came')
  return {
    id: sub,
    email: email.toLowerCase(),
    emailVerified: email_verified === true || email_verified === 'true',
    name: typeof name === 'string' && name ? name : email,
  }
}

async function ask<T>(url: string, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null)
  if (!response?.ok) throw refusal('provider_unreachable', `${url} answers ${response?.status ?? 'nothing'}`)
  return (await response.json()) as T
}

function refusal(code: string, reason: string): APIError {
  logger.warn({ code, reason }, 'the OpenID Connect provider signed nobody in')
  return new APIError('UNAUTHORIZED', { code, message: code })
}
