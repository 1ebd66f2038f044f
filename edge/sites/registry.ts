/**
 * The edge's copy of the site registry: polled from ClickHouse, kept on disk, so that an edge starts without ClickHouse.
 *
 * - `current` is always a whole directory, never a half-read one.
 * - Before anything was ever read it is `FRESH`: one site, `default`, that takes every event.
 */
import { mkdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Directory } from './directory.ts'
import { DEFAULT_SETTINGS, type Site } from './site.ts'

/** What a fresh install has registered. */
export const FRESH: readonly Site[] = [
  {
    site_id: 'default',
    domains: [],
    time_zone: 'UTC',
    takes_all: true,
    key_hashes: [],
    settings: DEFAULT_SETTINGS,
  },
]

export interface RegistryOptions {
  /** Reads the registered sites. */
  readonly fetchSites: () => Promise<Site[]>
  /** Where the last copy is kept. */
  readonly file: string
  /** Told of each failed poll. */
  readonly onError: (error: unknown) => void
}

export class Registry {
  current = new Directory(FRESH)
  private copy = ''

  constructor(private readonly options: RegistryOptions) {}

  /** Takes the copy on disk, if there is a readable one. */
  async load(): Promise<void> {
    const text = await Bun.file(this.options.file)
      .text()
      .catch(() => '')
    if (text === '') return
    try {
      this.current = new Directory(JSON.parse(text) as Site[])
      this.copy = text
    } catch (error) {
      this.options.onError(error)
    }
  }

  /** Reads the registry once; on failure the present copy stays. */
  async refresh(): Promise<void> {
    try {
      const sites = await this.options.fetchSites()
      const text = JSON.stringify(sites)
      if (sites.length === 0 || text === this.copy) return
      this.current = new Directory(sites)
      await this.keep(text)
      this.copy = text
    } catch (error) {
      this.options.onError(error)
    }
  }

  private async keep(text: string): Promise<void> {
    const { file } = this.options
    await mkdir(dirname(file), { recursive: true })
    await Bun.write(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }
}
