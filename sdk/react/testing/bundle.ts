/** Bundles a file of this folder with one version of React, as an application's own tools do. */
import { join } from 'node:path'

/** The packages of React 18 are installed under names of their own beside those of 19. */
const packageOf = (path: string, version: 18 | 19) =>
  version === 19 ? path : path.replace(/^react(-dom)?/, (name) => `${name}-18`)

/** @returns the code, as React runs it while one develops: StrictMode mounts everything twice */
export async function bundleWith(
  version: 18 | 19,
  file: string,
  target: 'browser' | 'node',
): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, file)],
    target,
    define: { 'process.env.NODE_ENV': '"development"' },
    plugins: [
      {
        name: 'react',
        setup: (build) =>
          void build.onResolve({ filter: /^react(-dom)?(\/|$)/ }, ({ path }) => ({
            path: Bun.resolveSync(packageOf(path, version), import.meta.dir),
          })),
      },
    ],
  })
  return (await outputs[0]?.text()) ?? ''
}
