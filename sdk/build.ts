/**
 * `bun sdk/build.ts`: writes the tracker as one minified script to standard output. The edge runs it for `/rtpx.js`.
 *
 * - Needs nothing that is not in this folder: Bun itself bundles.
 * - The same sources give the same bytes.
 */
import { join } from 'node:path'

const { outputs } = await Bun.build({
  entrypoints: [join(import.meta.dir, 'tracker/main.ts')],
  target: 'browser',
  format: 'iife',
  minify: true,
})
for (const output of outputs) await Bun.write(Bun.stdout, output)
