/**
 * `bun sdk/pack.ts [FOLDER]`: makes each package ready to publish: `react`, `svelte` and `node`, each a folder in FOLDER
 * (`sdk/dist` when absent) on which `npm publish` works.
 *
 * - A package is one ES module without imports but those it names as peers, its types, its README and its package.json.
 * - The same sources give the same bytes.
 */
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'

const PACKAGES = ['react', 'svelte', 'node'] as const

/** Puts a package into a folder of its name. @throws Error with what the compiler or the bundler said */
export async function pack(name: (typeof PACKAGES)[number], folder: string): Promise<void> {
  const source = join(import.meta.dir, name)
  const target = join(folder, name)
  await rm(target, { recursive: true, force: true })
  await mkdir(join(target, 'dist'), { recursive: true })
  for (const file of ['package.json', 'README.md']) await cp(join(source, file), join(target, file))
  const entry = join(source, 'index.ts')
  const { outputs } = await Bun.build({
    entrypoints: [entry],
    target: name === 'node' ? 'node' : 'browser',
    format: 'esm',
    external: ['react', 'node:*'],
  })
  const code = (await outputs[0]?.text()) ?? ''
  // A server component may import it: what React runs in the browser begins here.
  const directive = name === 'react' ? "'use client'\n" : ''
  await Bun.write(join(target, 'dist/index.js'), directive + code)
  await writeTypes(entry, join(target, 'dist'))
}

/** The declarations of an entry and of what it imports, laid out as the sources are. */
async function writeTypes(entry: string, outDir: string): Promise<void> {
  const { config } = ts.readConfigFile(join(import.meta.dir, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, import.meta.dir)
  const emit = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: import.meta.dir,
    outDir,
  }
  const program = ts.createProgram([entry], { ...options, ...emit })
  const problems = ts.getPreEmitDiagnostics(program)
  if (problems.length > 0)
    throw new Error(
      ts.formatDiagnostics(problems, { ...ts.sys, getNewLine: () => '\n', getCanonicalFileName: String }),
    )
  const written: Promise<unknown>[] = []
  program.emit(undefined, (path, text) => {
    // Declarations name each other as the scripts they would stand beside.
    written.push(Bun.write(path, text.replace(/(['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2')))
  })
  await Promise.all(written)
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(import.meta.dir, 'dist')
  for (const name of PACKAGES) await pack(name, folder)
}
