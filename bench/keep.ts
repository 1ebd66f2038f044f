/**
 * Keeps what a bench found: its rows as `NAME.json`, and its plots. Beside the results that the repository keeps, the plots and the page that
 * shows the newest are those of docs/; in another folder the plots stand beside the rows.
 */
import { join } from 'node:path'
import { performancePage, plotPages } from '@rtpx/cli/docs/performance/page'
import { plots } from '@rtpx/cli/docs/performance/plots'
import { type Results, readResults } from '@rtpx/cli/docs/performance/results'

export const RESULTS = join(import.meta.dir, 'results')
const DOCS = join(import.meta.dir, '../docs')

/** How long these will take together, from how long they took last. */
export function howLong(names: readonly string[], quick: boolean, kept = readResults()): string {
  const benches = `${names.length} ${names.length === 1 ? 'bench' : 'benches'}`
  if (quick) return `${benches}, each within a minute`
  const known = names.flatMap((name) => kept.get(name)?.seconds ?? [])
  const minutes = Math.ceil(known.reduce((sum, seconds) => sum + seconds, 0) / 60)
  const unknown = names.length - known.length
  return `${benches}, about ${minutes} min${unknown > 0 ? `, without ${unknown} that no result tells of` : ''}`
}

/** @returns the files written, besides the rows */
export async function keep(folder: string, name: string, result: Results): Promise<string[]> {
  await Bun.write(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
  const pages =
    folder === RESULTS
      ? Object.entries({ 'performance.md': performancePage, ...plotPages() }).map(
          ([file, text]) => [join(DOCS, file), text()] as const,
        )
      : [...plots(new Map([[name, result]]))].map(([file, { svg }]) => [join(folder, file), svg] as const)
  await Promise.all(pages.map(([file, text]) => Bun.write(file, text)))
  return pages.map(([file]) => file)
}
