/**
 * The JavaScript of the overview's first view, in bytes as the server sends them (brotli): everything its page and the
 * layouts around it import; what they load later is not in it. `bun run bench page` has what Chromium got. Fails above the bar. Run after `bun run build`.
 */
import { join } from 'node:path'

/** All of it together, bytes. */
const BAR = 120_000

const client = join(import.meta.dir, '../build/client')
const generated = join(import.meta.dir, '../.svelte-kit/generated/build/client-optimized/nodes')
const manifest: Record<string, { file: string; imports?: string[] }> = await Bun.file(
  join(import.meta.dir, '../.svelte-kit/output/client/.vite/manifest.json'),
).json()

/** The nodes of the overview, by the files they stand for: SvelteKit's numbers move when a layout is added. */
const OVERVIEW = ['/routes/+layout.svelte', '/routes/(app)/+layout.svelte', '/routes/(app)/+page.svelte']

/** The files a module needs before it runs, found by following static imports. */
function closure(keys: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const visit = (key: string) => {
    const entry = manifest[key]
    if (!entry || seen.has(entry.file)) return
    seen.add(entry.file)
    for (const next of entry.imports ?? []) visit(next)
  }
  keys.forEach(visit)
  return seen
}

const bytes = (files: Iterable<string>) =>
  [...files].reduce((sum, file) => sum + Bun.file(join(client, `${file}.br`)).size, 0)

const keys = Object.keys(manifest)
const start = keys.filter((key) => /client\/(client-entry|entry)\.js$|client-optimized\/app\.js$/.test(key))
const nodes: string[] = []
for (const key of keys.filter((key) => /client-optimized\/nodes\/\d+\.js$/.test(key))) {
  const source = await Bun.file(join(generated, key.split('/').at(-1) ?? '')).text()
  if (OVERVIEW.some((file) => source.includes(`${file}"`))) nodes.push(key)
}
if (start.length === 0 || nodes.length !== OVERVIEW.length)
  throw new Error(`the build has other files than expected: ${JSON.stringify({ start, nodes })}`)

const total = bytes(closure([...start, ...nodes]))
console.log(JSON.stringify({ total, bar: BAR }))
if (total > BAR) {
  console.error(`the first view takes ${total} bytes of JavaScript, ${BAR} at most`)
  process.exit(1)
}
