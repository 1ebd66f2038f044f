/** The colours of this browser: as the system has them, or chosen. `app.html` takes a choice up before the first paint. */

export type Theme = 'system' | 'light' | 'dark'

/** What `document` hears when they are chosen. */
export const THEME_CHOSEN = 'theme-chosen'

/** The theme that is shown. */
export function shownTheme(): Theme {
  const { theme } = document.documentElement.dataset
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

/** Shows a theme from now on. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  try {
    if (theme === 'system') localStorage.removeItem('theme')
    else localStorage.setItem('theme', theme)
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
  }
  document.dispatchEvent(new Event(THEME_CHOSEN))
}
