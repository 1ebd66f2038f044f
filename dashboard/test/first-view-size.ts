/**
 * The JavaScript of the overview's first view, in bytes as the server sends them (brotli): what the page needs to
 * start (`first`), and the chart it loads after the first paint (`chart`). Fails above the bar. Run after `bun run build`.
 */
import { join } from 'node:path'

/** All of it together, bytes. */
const BAR = 120_000

const client = join(import.meta.dir, '../build/client')
const manifest: Record<string, { file: string; imports?: string[]; dynamicImports?: string[] }> =
  await Bun.file(join(import.meta.dir, '../.svelte-kit/output/client/.vite/manifest.json')).json()

/** The files a module needs before it runs, found by following static imports. */
function closure(keys: string[]): Set<string> {
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
const first = closure(keys.filter((key) => /client\/(entry|app)\.js$|nodes\/[02]\.js$|entry\.js$/.test(key)))
const chart = closure(keys.filter((key) => /Chart\.svelte$/.test(key) && key.startsWith('src/')))
const added = [...chart].filter((file) => !first.has(file))
const total = bytes([...first, ...added])
console.log(JSON.stringify({ first: bytes(first), chart: bytes(added), total }))
if (total > BAR) {
  console.error(`the first view takes ${total} bytes of JavaScript, ${BAR} at most`)
  process.exit(1)
}
