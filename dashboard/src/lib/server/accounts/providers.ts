/** The providers people can sign in with, as the settings name them. */
import type { RequestEvent } from '@sveltejs/kit'
import type { Config } from '../config.ts'
import { ADDRESS_HEADER, OIDC_PROVIDER } from './auth.ts'
import { getAccounts } from './index.ts'
import { askAuth } from './session.ts'

export interface Provider {
  readonly id: string
  readonly label: string
}

export const providersOf = (config: Config): readonly Provider[] => [
  ...(config.GOOGLE_CLIENT_ID ? [{ id: 'google', label: 'Google' }] : []),
  ...(config.GITHUB_CLIENT_ID ? [{ id: 'github', label: 'GitHub' }] : []),
  ...(config.OIDC_ISSUER ? [{ id: OIDC_PROVIDER, label: config.OIDC_NAME }] : []),
]

export const isProvider = (config: Config, id: string) => providersOf(config).some((one) => one.id === id)

/** @returns the provider's page to go to; undefined when it could not be asked */
export async function signInWithProvider(
  event: RequestEvent,
  id: string,
  next: string,
): Promise<string | undefined> {
  const pages = { callbackURL: next, errorCallbackURL: '/sign-in' }
  const { status, body } =
    id === OIDC_PROVIDER
      ? await askAuth(event, '/sign-in/oauth2', { providerId: id, ...pages })
      : await askAuth(event, '/sign-in/social', { provider: id, disableRedirect: true, ...pages })
  return status === 200 && typeof body.url === 'string' ? body.url : undefined
}

/** Hears what a provider says of somebody who comes back from it. @returns a redirect, to the sign-in page when it won't do */
export async function answerProvider({ request, url, getClientAddress }: RequestEvent): Promise<Response> {
  const { auth, origin } = getAccounts()
  // The address people type, whatever the proxies in between call it.
  const asked = new Request(`${origin}${url.pathname}${url.search}`, request)
  asked.headers.set(ADDRESS_HEADER, getClientAddress())
  const answer = await auth.handler(asked)
  if (answer.status < 400) return answer
  const body = await answer.json().catch(() => null)
  const code = answer.status < 500 ? String(body?.code ?? '').toLowerCase() : 'provider_unreachable'
  return new Response(null, {
    status: 303,
    headers: { location: `/sign-in?error=${encodeURIComponent(code)}` },
  })
}
