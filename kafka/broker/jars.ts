/**
 * Kafka's jars, copied by Maven into `target/libs/<hash of the pom>` and used from there until the pom changes.
 *
 * - The folder appears whole (a rename) or not at all, also when Maven is killed half-way.
 * - Of two processes that need it at once one copies and the other waits for it.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BrokerError } from './broker-error.ts'
import { lock } from './file-lock.ts'
import { findMaven } from './java.ts'

const POM = join(import.meta.dir, '..', 'pom.xml')
const LIBS = join(import.meta.dir, '..', 'target', 'libs')

/** Whether the pom's jars are here already, so that Maven is not needed. */
export const jarsPresent = (libs = LIBS, pom = POM): boolean => existsSync(folderOf(libs, pom))

/** The folder with the pom's jars, fetched when absent. @throws BrokerError when Maven is missing or fails */
export async function ensureJars(
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
  libs = LIBS,
  pom = POM,
): Promise<string> {
  const folder = folderOf(libs, pom)
  if (existsSync(folder)) return folder
  const maven = findMaven(env)
  mkdirSync(libs, { recursive: true })
  const held = await lock(join(libs, '.lock'))
  try {
    if (existsSync(folder)) return folder
    const partial = `${folder}.partial`
    rmSync(partial, { recursive: true, force: true })
    await copyDependencies(maven, pom, partial, env, signal)
    renameSync(partial, folder)
    return folder
  } finally {
    held.release()
  }
}

function folderOf(libs: string, pom: string): string {
  return join(libs, Bun.hash.xxHash64(readFileSync(pom)).toString(16).padStart(16, '0'))
}

async function copyDependencies(
  maven: string,
  pom: string,
  into: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${into}`]
  const child = Bun.spawn([maven, '-q', '-B', '-f', pom, ...goal], {
    env: { ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
    ...(signal ? { signal } : {}),
  })
  const printed = await new Response(child.stdout).text()
  if ((await child.exited) === 0 && existsSync(into)) return
  if (signal?.aborted) throw new BrokerError('fetching Kafka was interrupted', 'failed')
  const reason = printed.split('\n').find((line) => line.includes('ERROR')) ?? 'it printed nothing'
  throw new BrokerError(`Maven could not fetch Kafka: ${reason.replace(/^.*?ERROR\S*\s*/, '')}`, 'failed')
}
