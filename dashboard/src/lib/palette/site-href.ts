import { hrefWith } from '#lib/url.ts'

/** The same page of another site: a banner is of one site alone. */
export const siteHref = (site_id: string, search: string) =>
  hrefWith({ search }, { site: site_id, banner: null })
