/**
 * A copy of the data folder as it is at one instant, made beside it: what would be found after a power cut then, and every part recovers from
 * that. What is never changed once written (ClickHouse's parts, Kafka's closed segments) is linked, which takes no time and no room; all else is
 * copied. Nobody may write below clickhouse/, kafka/ and dashboard/ meanwhile; the edge may go on.
 */
import { copyFileSync, type Dirent, linkSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What of the data folder is backed up. */
export const KEPT = ['aggregator', 'clickhouse', 'dashboard', 'edge', 'kafka', 'secrets'] as const

/** Below these: pipes and locks of processes, logs, and what a running part makes anew. */
const LEFT_OUT =
  /^clickhouse\/(pipes|lock|server\.log)|\/(tmp_[^/]*|shadow)(\/|$)|\.(lock|jsa)$|\/owner-\d+-[^/]*$/

/** A part of a MergeTree table: `…/store/abc/<uuid>/202611_1_8_2/data.bin`. */
const PART_FILE = /\/store\/[^/]+\/[^/]+\/[^/]+_\d+_\d+_\d+(_\d+)?\//

export interface Staged {
  readonly files: number
  readonly linked: number
}

/** @param folders those of KEPT that this install has on this machine. @param into a folder on the same disk; made */
export function stage(dataDir: string, folders: readonly string[], into: string): Staged {
  const count = { files: 0, linked: 0 }
  for (const folder of folders) copyFolder(dataDir, folder, into, count)
  return count
}

function copyFolder(
  dataDir: string,
  path: string,
  into: string,
  count: { files: number; linked: number },
): void {
  const entries = entriesOf(join(dataDir, path))
  mkdirSync(join(into, path), { recursive: true, mode: 0o700 })
  const open = openSegment(entries)
  for (const entry of entries) {
    const inside = `${path}/${entry.name}`
    if (LEFT_OUT.test(inside)) continue
    if (entry.isDirectory()) copyFolder(dataDir, inside, into, count)
    else if (entry.isFile()) {
      const isFixed = PART_FILE.test(inside) || (/^\d{20}\.log$/.test(entry.name) && entry.name !== open)
      take(join(dataDir, inside), join(into, inside), isFixed)
      count.files += 1
      count.linked += Number(isFixed)
    }
  }
}

/** The entries of a folder; a spool's cursor before its segments: one that is too old only sends again. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    // Only below edge/, which goes on: what is gone was delivered.
    if ((error as { code?: string }).code === 'ENOENT') return []
    throw error
  }
}

/** The segment of a Kafka partition that is still written to: the one with the highest offset. */
const openSegment = (entries: readonly Dirent[]) =>
  entries
    .map(({ name }) => name)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .at(-1)

function take(from: string, to: string, isFixed: boolean): void {
  try {
    if (isFixed) linkSync(from, to)
    else copyFileSync(from, to)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error
  }
}
