/** `bun run docs`: writes the pages of docs/ that are made from the code. */
import { join } from 'node:path'
import { PAGES } from './pages.ts'

for (const [file, page] of Object.entries(PAGES)) {
  await Bun.write(join(import.meta.dir, '../../docs', file), page())
  console.log(`docs/${file}`)
}
