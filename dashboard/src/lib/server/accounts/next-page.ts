/** Where to go after signing in: a page of this dashboard and nowhere else. */

/** @param next as the URL has it @returns a path of this origin; `/` for anything that leads elsewhere */
export function nextPage(next: string | null): string {
  if (!next?.startsWith('/')) return '/'
  // As a browser reads it: `//host`, `/\host` and tabs in between lead away.
  const url = URL.parse(next, 'http://here.invalid')
  if (url?.origin !== 'http://here.invalid' || url.pathname.startsWith('//')) return '/'
  return url.pathname + url.search
}
