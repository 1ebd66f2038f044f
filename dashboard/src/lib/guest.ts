/** What a shared link leaves its guests: one page, and of that what the link does not fix. For pages and their parts. */
import { page } from '$app/state'

const shell = () => page.data.shell as { readonly fixed?: readonly string[] } | null

/** Whether the page is open by a shared link: no other page is, so nothing may lead to one. */
export const isGuest = () => page.data.shared === true

/** Whether a link fixes one of these parameters of the URL: what would change it does nothing then. */
export const isFixed = (...names: readonly string[]) =>
  names.some((name) => shell()?.fixed?.includes(name) === true)
