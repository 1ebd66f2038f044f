/** The pages of docs/ that are written from the code. */
import { configurationPage } from './configuration.ts'
import { fieldsPage } from './events.ts'
import { metricsPage } from './metrics.ts'
import { performancePage, plotPages } from './performance/page.ts'

/** File names below docs/ with the function that writes each. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'configuration.md': configurationPage,
  'fields.md': fieldsPage,
  'metrics.md': metricsPage,
  'performance.md': performancePage,
  ...plotPages(),
}
