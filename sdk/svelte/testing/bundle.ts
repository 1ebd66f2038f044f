/** Bundles a file of this folder with Svelte's own compiler. */
import { join } from 'node:path'
import { compile } from 'svelte/compiler'

export async function bundle(file: string, target: 'browser' | 'node'): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, file)],
    target,
    conditions: target === 'browser' ? ['browser', 'svelte'] : ['svelte'],
    plugins: [
      {
        name: 'svelte',
        setup: (build) =>
          void build.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
            const generate = target === 'browser' ? 'client' : 'server'
            const { js } = compile(await Bun.file(path).text(), { generate, filename: path })
            return { contents: js.code, loader: 'js' }
          }),
      },
    ],
  })
  return (await outputs[0]?.text()) ?? ''
}
