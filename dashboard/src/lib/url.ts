/** The URL is the state: every link on the page is the current URL with some parameters changed. */

/** Parameters to set; null takes one away. */
export type UrlChange = Readonly<Record<string, string | null>>

/** The query of the URL with some parameters changed, as an `href`; the order of the others stays. */
export function hrefWith(url: { readonly search: string }, change: UrlChange): string {
  const params = new URLSearchParams(url.search)
  for (const [name, value] of Object.entries(change)) {
    if (value === null) params.delete(name)
    else params.set(name, value)
  }
  const query = params.toString()
  return query ? `?${query}` : '?'
}

/** The change that shows a range: by preset where it has one, else by its days. */
export const rangeChange = (range: { from: string; to: string }, preset: string | undefined): UrlChange =>
  preset ? { range: preset, from: null, to: null } : { range: null, from: range.from, to: range.to }
