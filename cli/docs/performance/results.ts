/** The newest results of the bench, as it keeps them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface ResultRow {
  readonly case: string
  readonly value: number
  readonly unit: string
  readonly ratio_to: string | null
  readonly ratio: number | null
}

/** A file of results. */
export interface Results {
  readonly measured_at: string
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memory_gib: number
    readonly bun: string
    readonly revision: string
  }
  /** How long it took; absent in older ones. */
  readonly seconds?: number
  readonly notes: readonly string[]
  /** A line for each bar: it holds, or does not. */
  readonly bars?: readonly string[]
  readonly rows: readonly ResultRow[]
}

const FOLDER = join(import.meta.dir, '../../../bench/results')

/** All that is kept, by the bench's name. */
export function readResults(): Map<string, Results> {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
  return new Map(
    names.map((name) => [name, JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Results]),
  )
}
