/**
 * `bun run verify`: installs what the checks need, then formats, lints, type-checks and runs every test.
 *
 * - Runs on a fresh clone: this folder imports nothing that has to be installed first.
 * - In CI it only checks the format; elsewhere it formats.
 * - Ends with `tests: N passed, N failed`, and exit code 0 only when everything passed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Count, countOf } from './junit.ts'
import { missingPart, PARTS } from './parts.ts'
import { run } from './run.ts'

const ROOT = join(import.meta.dir, '../..')
const inCi = process.env.CI === 'true'

/** Folders whose tests run as one process each, those that take longest first. */
const FOLDERS = [
  'dashboard',
  'aggregator',
  'clickhouse',
  'edge',
  'cli',
  'sdk',
  'e2e',
  'kafka',
  'bench',
] as const

/** So many of them at a time: much of a test is waiting. */
const LANES = 3

/** Milliseconds until a test or a hook is given up: for what hangs, since no test asserts a time. */
const TEST_TIMEOUT_MS = 180_000

/** Checks of the text, in order of cost; each is a command whose exit code says whether it holds. */
const CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ['format and lint', 'bunx', 'biome', 'check', ...(inCi ? [] : ['--write']), '--error-on-warnings', '.'],
  [
    'format Svelte',
    'bunx',
    '--bun',
    'prettier',
    inCi ? '--check' : '--write',
    '--log-level',
    'warn',
    'dashboard/**/*.svelte',
  ],
  ['types', 'bunx', 'tsc', '--project', '.'],
  ['types of the tracker', 'bunx', 'tsc', '--project', 'sdk'],
  ['import arrows', 'bunx', '--bun', 'depcruise', '--config', '.dependency-cruiser.mjs', ...FOLDERS],
  ['dashboard types', 'bun', 'run', '--cwd', 'dashboard', 'check'],
  ['unused code', 'bunx', '--bun', 'knip'],
  ['dashboard build', 'bun', 'run', '--cwd', 'dashboard', 'build'],
  ['first view', 'bun', 'run', '--cwd', 'dashboard', 'size'],
]

async function main(): Promise<boolean> {
  let whole = await run('install', ['bun', 'install', '--frozen-lockfile'], ROOT)
  for (const part of PARTS) {
    const missing = await missingPart(part, ROOT)
    if (missing) console.log(`missing: ${missing}`)
    whole &&= missing === undefined
  }
  if (!whole) return false
  for (const [name, ...command] of CHECKS) whole = (await run(name, command, ROOT)) && whole
  const { passed, failed } = await tests()
  console.log(`tests: ${passed} passed, ${failed} failed`)
  return whole && failed === 0 && passed > 0
}

/** Runs each folder's tests; a folder whose run breaks off counts as one failure more. */
async function tests(): Promise<Count> {
  const reports = await mkdtemp(join(tmpdir(), 'rtpx-verify-'))
  const total = { passed: 0, failed: 0 }
  const waiting = [...FOLDERS]
  const lane = async () => {
    for (let folder = waiting.shift(); folder; folder = waiting.shift()) {
      const { passed, failed } = await testsOf(folder, join(reports, `${folder}.xml`))
      total.passed += passed
      total.failed += failed
    }
  }
  try {
    await Promise.all(Array.from({ length: LANES }, lane))
    return total
  } finally {
    await rm(reports, { recursive: true })
  }
}

async function testsOf(folder: string, report: string): Promise<Count> {
  const reporter = ['--reporter=junit', `--reporter-outfile=${report}`]
  const command = ['bun', 'test', '--timeout', String(TEST_TIMEOUT_MS), ...reporter, `./${folder}`]
  const ended = await run(`test ${folder}`, command, ROOT)
  const { passed, failed } = await countOf(report)
  return { passed, failed: failed === 0 && !ended ? 1 : failed }
}

process.exit((await main()) ? 0 : 1)
