import { openPage } from '#lib/server/page.ts'
import { troubleOf } from '#lib/server/trouble.ts'
import type { LayoutServerLoad } from './$types'

/** Who looks, at which of their sites. The pages say themselves what went wrong. */
export const load: LayoutServerLoad = async ({ url, locals }) => {
  const site_id = url.searchParams.get('site')
  const asked = {
    url: new URL(`/?${site_id === null ? '' : new URLSearchParams({ site: site_id })}`, url),
    locals,
  }
  // Known also where the database does not answer.
  const shared = locals.caller?.user_id.startsWith('link:') === true
  try {
    const { site, sites, caller, today } = await openPage(asked, 'read')
    return {
      shared,
      shell: {
        site,
        sites,
        today,
        role: caller.role,
        name: caller.name,
        shared,
        fixed: locals.fixed,
      },
    }
  } catch (error) {
    troubleOf(error)
    return { shared, shell: null }
  }
}
