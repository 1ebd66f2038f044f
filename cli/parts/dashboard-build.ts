/**
 * The dashboard's build, made anew only when something it is made of has changed: `dashboard/build/.made-of` holds the
 * hash of its sources, written when a build is complete and gone as soon as the next begins. This is the only way it is
 * built (`bun run --cwd dashboard build` is this file): a second build under a dashboard that runs takes its scripts away.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lock } from '@rtpx/kafka/broker/file-lock'
import { Glob } from 'bun'
import { ROOT } from '../config.ts'
import { StartError } from '../start-error.ts'

/** Below ROOT; what the build reads. */
const SOURCES = [
  'bun.lock',
  'tsconfig.json',
  'dashboard/*.{json,ts,js}',
  'dashboard/{src,static}/**/*',
  'clickhouse/**/*.ts',
  'kafka/*.ts',
]
const STAMP = 'dashboard/build/.made-of'
const SHOWN_LINES = 12

/** Whether the build on disk is that of the sources on disk. */
export function isBuilt(root = ROOT): boolean {
  return readStamp(root) === sourceHash(root)
}

/** Builds unless it is built. Two processes at once build once. @throws StartError with the end of what Vite said */
export async function buildDashboard(signal: AbortSignal, root = ROOT): Promise<void> {
  const work = join(root, 'dashboard/.svelte-kit')
  mkdirSync(work, { recursive: true })
  const held = await lock(join(work, 'build.lock'))
  try {
    if (isBuilt(root)) return
    rmSync(join(root, STAMP), { force: true })
    const hash = sourceHash(root)
    await runVite(join(root, 'dashboard'), signal)
    writeFileSync(join(root, STAMP), hash)
  } finally {
    held.release()
  }
}

async function runVite(cwd: string, signal: AbortSignal): Promise<void> {
  const child = Bun.spawn([process.execPath, '--bun', 'run', 'vite', 'build'], {
    cwd,
    env: { ...process.env, NODE_ENV: 'production' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    signal,
  })
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  if ((await child.exited) === 0) return
  const lines = `${out}\n${error}`.split('\n').filter((line) => line.trim() !== '')
  throw new StartError(`the dashboard cannot be built:\n  ${lines.slice(-SHOWN_LINES).join('\n  ')}`)
}

function sourceHash(root: string): string {
  const files = new Set(SOURCES.flatMap((pattern) => [...new Glob(pattern).scanSync({ cwd: root })]))
  const hasher = new Bun.CryptoHasher('sha256')
  const isSource = (name: string) => !/[.]test[.]ts$|(^|[/])node_modules[/]/.test(name)
  for (const file of [...files].filter(isSource).sort()) {
    const bytes = readFileSync(join(root, file))
    hasher.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hasher.digest('hex')
}

function readStamp(root: string): string | undefined {
  try {
    return readFileSync(join(root, STAMP), 'utf8')
  } catch {
    return undefined
  }
}

if (import.meta.main) await buildDashboard(new AbortController().signal)
