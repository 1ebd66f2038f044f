/** The form of a shared link, judged. Nobody shares more than they see. */
import { type Caller, maySeeSite } from '../caller.ts'
import { textOf } from './forms.ts'
import { namesOf } from './scope-form.ts'
import { type NewLink, SHAREABLE } from './shared-links.ts'

const DAY_MS = 86_400_000
/** A link's password is typed by guests, and tried at most some times a minute. */
const PASSWORD_MIN = 8

export function newLinkFrom(
  form: FormData,
  caller: Caller,
  now: number,
): { link: NewLink } | { fault: string } {
  const name = textOf(form, 'name').trim().slice(0, 100)
  const site_id = textOf(form, 'site_id')
  const page = textOf(form, 'page')
  const password = textOf(form, 'password')
  const days = Number(textOf(form, 'days'))
  const ancestors = (namesOf(textOf(form, 'frame_ancestors')) ?? []).map((text) => URL.parse(text)?.origin)
  if (name === '') return { fault: 'Say what the link is for.' }
  if (!maySeeSite(caller, site_id)) return { fault: 'There is no such site.' }
  if (!SHAREABLE.some(({ href }) => href === page)) return { fault: 'This page can’t be shared.' }
  if (password !== '' && password.length < PASSWORD_MIN)
    return { fault: `The password takes ${PASSWORD_MIN} characters or more.` }
  if (!Number.isInteger(days) || days < 0) return { fault: 'The days are a whole number; 0 is for ever.' }
  if (ancestors.some((origin) => !origin || !/^https?:/.test(origin)))
    return { fault: 'The sites that may frame it are written as https://brand.com.' }
  const chosen = new URLSearchParams(textOf(form, 'parameters').replace(/^.*\?/, ''))
  // The site is the link's own choice.
  chosen.delete('site')
  return {
    link: {
      organization_id: caller.organization_id,
      created_by: caller.user_id,
      name,
      site_id,
      page,
      locked: Object.fromEntries(chosen.keys().map((name) => [name, chosen.getAll(name)])),
      password,
      embed: textOf(form, 'embed') === 'on',
      frame_ancestors: ancestors.flatMap((origin) => origin ?? []),
      banner_prefixes: namesOf(textOf(form, 'banner_prefixes')),
      expires_at: days === 0 ? null : now + days * DAY_MS,
    },
  }
}
