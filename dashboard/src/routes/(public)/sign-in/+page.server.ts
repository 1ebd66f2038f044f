import { fail, redirect } from '@sveltejs/kit'
import { textOf } from '#lib/server/accounts/forms.ts'
import { getAccounts } from '#lib/server/accounts/index.ts'
import { nextPage } from '#lib/server/accounts/next-page.ts'
import { hasOwner } from '#lib/server/accounts/people.ts'
import { isProvider, providersOf, signInWithProvider } from '#lib/server/accounts/providers.ts'
import { signIn } from '#lib/server/accounts/sign-in.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async ({ locals, url }) => {
  const { config, store } = getAccounts()
  const next = nextPage(url.searchParams.get('next'))
  if (locals.caller) redirect(303, next)
  if (!(await hasOwner(store.db))) redirect(303, '/setup')
  return {
    next,
    providers: providersOf(config),
    open: config.SIGN_UP === 'open',
    error: url.searchParams.get('error'),
    /** Signed in, but a member of nothing. */
    outsider: locals.person?.email ?? null,
  }
}

export const actions: Actions = {
  password: async (event) => {
    const form = await event.request.formData()
    const next = nextPage(textOf(form, 'next'))
    const email = textOf(form, 'email')
    const outcome = await signIn(event, email, textOf(form, 'password'))
    if (outcome.kind === 'refused') return fail(outcome.status, { fault: outcome.fault, email })
    const query = next === '/' ? '' : `?${new URLSearchParams({ next })}`
    redirect(303, outcome.kind === 'second_factor' ? `/two-factor${query}` : next)
  },
  provider: async (event) => {
    const form = await event.request.formData()
    const provider = textOf(form, 'provider')
    if (!isProvider(getAccounts().config, provider))
      return fail(400, { fault: 'There is no such provider.', email: '' })
    const url = await signInWithProvider(event, provider, nextPage(textOf(form, 'next')))
    if (!url)
      return fail(502, { fault: 'The provider does not answer. Try again, or use your password.', email: '' })
    // A page that goes on by itself: a redirect would be held to the policy `form-action`, through every host the provider
    // itself leads to.
    return {
      going: { url, label: providersOf(getAccounts().config).find(({ id }) => id === provider)?.label ?? '' },
    }
  },
}
