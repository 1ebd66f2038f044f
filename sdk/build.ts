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
  // Chromium compiles the whole script then on a thread of its own while it loads, and not each function on the page's when
  // it is first called: a third of what the script costs the page. Elsewhere it is a comment.
  banner: '//# allFunctionsCalledOnLoad',
})
for (const output of outputs) await Bun.write(Bun.stdout, output)
