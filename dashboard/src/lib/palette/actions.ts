/** What can be done from the palette on the page that is open. */
import { chooseTheme, type Theme } from '#lib/theme.ts'
import type { Entry, EntryGroup } from './entries.ts'

const THEMES: readonly Theme[] = ['light', 'dark', 'system']

/** What the page itself offers as CSV: its own links and buttons, by the table they are of. */
function csvEntries(root: Document): Entry[] {
  const offered = [...root.querySelectorAll<HTMLElement>('main a, main button')].filter(
    (element) => /\bCSV\b/.test(element.textContent ?? '') && !element.matches(':disabled'),
  )
  return offered.map((element, at) => {
    const of = element.closest('section, .panel')?.querySelector('h2, h3')?.textContent?.trim()
    return {
      id: `csv ${at}`,
      label: of ? `Download CSV: ${of}` : 'Download CSV of this page',
      words: 'export table file',
      run: () => element.click(),
    }
  })
}

/** What the page that is open offers, and what every page does. */
export function actionEntries(root: Document, onhelp: () => void): EntryGroup {
  const compare = root.querySelector<HTMLAnchorElement>('[data-testid="compare"]')
  return {
    label: 'Actions',
    entries: [
      ...(compare
        ? [
            {
              id: 'compare',
              label: `Compare with the ${new URL(compare.href).searchParams.get('compare') === 'year' ? 'year' : 'period'} before`,
              words: 'comparison previous',
              key: 'X',
              href: compare.getAttribute('href') ?? '?',
            },
          ]
        : []),
      {
        id: 'copy link',
        label: 'Copy a link to this view',
        words: 'share url address',
        run: () => void navigator.clipboard?.writeText(location.href),
      },
      ...csvEntries(root),
      { id: 'print', label: 'Print this page', words: 'pdf paper', run: () => setTimeout(print) },
      ...THEMES.map((theme) => ({
        id: `theme ${theme}`,
        label:
          theme === 'system'
            ? 'Colours as the system has them'
            : `${theme === 'light' ? 'Light' : 'Dark'} colours`,
        words: 'theme mode colours appearance',
        run: () => chooseTheme(theme),
      })),
      { id: 'keys', label: 'Keys of this page', words: 'shortcuts keyboard help', key: '?', run: onhelp },
    ],
  }
}
