import { fail } from '@sveltejs/kit'
import { textOf } from '#lib/server/accounts/forms.ts'
import { managing } from '#lib/server/accounts/manage.ts'
import { addSite, changeSite, parsed, type SiteOutcome, sitesOf } from '#lib/server/accounts/sites.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import { SITE_KEY, siteChangeFrom } from '#lib/site-settings.ts'
import type { Actions, PageServerLoad } from './$types'

const WORDS: Record<Exclude<SiteOutcome, 'saved'>, string> = {
  key_taken: 'This key was taken before; keys are never used again.',
  domain_taken: 'One of the domains is another site’s.',
  no_such_site: 'There is no such site.',
  time_zone_kept:
    'The site has events, so its days are counted: the time zone stays. Add a new site instead.',
}

export const load: PageServerLoad = async (event) => {
  const { caller } = managing(event, 'manage')
  const sites = await sitesOf(getServices().clickhouse, caller)
  return {
    zones: Intl.supportedValuesOf('timeZone'),
    registered: sites.map(({ site_id, name, domains, time_zone, takes_all, settings }) => ({
      site_id,
      name,
      domains,
      time_zone,
      takes_all,
      settings: parsed(settings),
    })),
  }
}

export const actions: Actions = {
  add: async (event) => {
    const { caller, store, now, note } = managing(event, 'manage')
    const form = await event.request.formData()
    const site_id = textOf(form, 'site_id').trim()
    const { change, faults } = siteChangeFrom((name) => textOf(form, name))
    const values = Object.fromEntries([...form].map(([name, value]) => [name, String(value)]))
    const wrong = {
      ...faults,
      ...(!SITE_KEY.test(site_id) && { site_id: 'Small letters, digits, - and _, 64 at most.' }),
    }
    if (Object.keys(wrong).length > 0)
      return fail(400, { of: '', faults: wrong, values, fault: null, done: null })
    const { clickhouse } = getServices()
    const outcome = await addSite(store.db, clickhouse, caller.organization_id, site_id, change, now)
    if (outcome !== 'saved')
      return fail(409, { of: '', faults: {}, values, fault: WORDS[outcome], done: null })
    await note({ action: 'site.added', target: site_id, detail: { ...change } })
    return {
      of: '',
      faults: {},
      values: {},
      fault: null,
      done: `${change.name} is registered; edges know it within seconds.`,
    }
  },
  change: async (event) => {
    const { caller, note } = managing(event, 'manage')
    const form = await event.request.formData()
    const of = textOf(form, 'site_id')
    const { change, faults } = siteChangeFrom((name) => textOf(form, name))
    if (Object.keys(faults).length > 0) return fail(400, { of, faults, values: {}, fault: null, done: null })
    const outcome = await changeSite(getServices().clickhouse, caller, of, change)
    if (outcome !== 'saved')
      return fail(409, { of, faults: {}, values: {}, fault: WORDS[outcome], done: null })
    await note({ action: 'site.changed', target: of, detail: { ...change } })
    return { of, faults: {}, values: {}, fault: null, done: 'Saved; edges know it within seconds.' }
  },
}
