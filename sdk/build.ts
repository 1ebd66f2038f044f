/**
 * `bun sdk/build.ts [NAME]`: writes a script that sites load as one minified file to standard output. The edge runs it for
 * `/rtpx.js` and `/rtpx-NAME.js`.
 *
 * - Without a name, the tracker; else the module of that name, in `modules/`.
 * - Needs nothing that is not in this folder: Bun itself bundles.
 * - The same sources give the same bytes.
 */
import { join } from 'node:path'

const name = process.argv[2]
const { outputs } = await Bun.build({
  entrypoints: [join(import.meta.dir, name ? `modules/${name}.ts` : 'tracker/main.ts')],
  target: 'browser',
  format: 'iife',
  minify: true,
})
for (const output of outputs) await Bun.write(Bun.stdout, output)
