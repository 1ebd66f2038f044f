/** The providers people can sign in with, as the settings name them. */
import type { RequestEvent } from '@sveltejs/kit'
import type { Config } from '../config.ts'
import { OIDC_PROVIDER } from './auth.ts'
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
