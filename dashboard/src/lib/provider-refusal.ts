/** What the sign-in page says when a provider did not sign somebody in; the codes are better-auth's and accounts/openid.ts'. */

const WORDS: Readonly<Record<string, string>> = {
  not_invited: 'This address is not invited. Ask an owner or admin of your organization.',
  no_owner_yet: 'This install has no owner yet.',
  account_not_linked: 'There is an account with this address: sign in with its password.',
  access_denied: 'You did not let the provider tell who you are.',
  email_is_missing: 'The provider tells no e-mail address. Its administrator must let this client see it.',
  email_not_found: 'The provider tells no e-mail address. Make one visible there, or use your password.',
  issuer_mismatch: 'The answer came from another provider than this install trusts.',
  id_token_refused: "The provider's answer does not hold. Its administrator finds why in this install's log.",
  oauth_code_verification_failed: 'The provider took its answer back. Start again, or use your password.',
  provider_unreachable: 'The provider does not answer. Try again, or use your password.',
  invalid_oauth_config: 'The provider does not answer. Try again, or use your password.',
  invalid_oauth_configuration: 'The provider does not answer. Try again, or use your password.',
  state_mismatch: 'This sign-in was begun elsewhere, or long ago. Start again.',
  state_not_found: 'This sign-in was begun elsewhere, or long ago. Start again.',
  please_restart_the_process: 'This sign-in was begun elsewhere, or long ago. Start again.',
  state_invalid: 'This sign-in was begun elsewhere, or long ago. Start again.',
}

/** @param code of the sign-in page's address */
export const refusedBecause = (code: string) =>
  (Object.hasOwn(WORDS, code) ? WORDS[code] : undefined) ?? 'The provider did not sign you in. Try again.'
