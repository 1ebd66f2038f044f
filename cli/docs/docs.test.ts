import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { HEAP_ENVIRONMENT } from '@rtpx/edge/heap'
import { DECLARED } from './configuration.ts'
import { PAGES } from './pages.ts'

const ROOT = join(import.meta.dir, '../..')
const text = (file: string) => Bun.file(join(ROOT, file)).text()

test.each(Object.keys(PAGES))('docs/%s is as the code says; `bun run docs` writes it', async (file) => {
  expect(await text(`docs/${file}`)).toBe(PAGES[file]?.() ?? '')
})

test('every setting says what it means', () => {
  for (const variables of Object.values(DECLARED))
    for (const [name, declared] of Object.entries(variables))
      expect(`${name}: ${declared.desc}`).toMatch(/: .{10}/)
})

test('compose.yaml names only settings that the part reads', async () => {
  const compose = Bun.YAML.parse(await text('compose.yaml')) as Compose
  const readers = {
    migrate: 'migrations',
    'edge-1': 'edge',
    aggregator: 'aggregator',
    dashboard: 'dashboard',
  }
  const unknown = Object.entries(readers).flatMap(([service, part]) =>
    Object.keys(compose.services[service]?.environment ?? { [`no service ${service}`]: '' }).filter(
      (name) =>
        !(name in (DECLARED[part] ?? {})) && !ADAPTER_NODE.includes(name) && !(name in HEAP_ENVIRONMENT),
    ),
  )
  expect(unknown).toEqual([])
})

/** What SvelteKit's server itself reads. */
const ADAPTER_NODE = ['HOST', 'PORT', 'ORIGIN', 'ADDRESS_HEADER']

interface Compose {
  readonly services: Readonly<Record<string, { environment?: Readonly<Record<string, string>> }>>
}
