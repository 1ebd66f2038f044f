/**
 * `bun run bench NAME --compare`: what got slower since a revision. That revision is checked out beside this one, both are measured in turn,
 * in pairs whose order changes, and the checkout is removed again.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from '../measure/child.ts'
import type { Cleanup } from '../measure/cleanup.ts'
import type { Row } from '../measure/row.ts'
import { report, verdicts } from './verdict.ts'

const ROOT = join(import.meta.dir, '../..')

interface Comparison {
  /** A name of git for the revision. */
  readonly against: string
  readonly pairs: number
  /** Handed to both: `--quick`, `--events`. */
  readonly options: readonly string[]
}

/** The revision of kept results: the baseline. @throws when they are not of a revision */
export function keptRevision(results: string, bench: string): string {
  const text = readFileSync(join(results, `${bench}.json`), 'utf8')
  const { revision } = (JSON.parse(text) as { machine: { revision: string } }).machine
  if (!/^[0-9a-f]{7,40}$/.test(revision))
    throw new Error(`the kept results of ${bench} are of no clean revision (${revision}): use --against REV`)
  return revision
}

/** @returns whether nothing got slower. @throws when one side can't be measured */
export async function compareBench(
  bench: string,
  comparison: Comparison,
  cleanup: Cleanup,
): Promise<boolean> {
  const { against, pairs, options } = comparison
  const folder = mkdtempSync(join(tmpdir(), 'rtpx-compare-'))
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }))
  const run = async (label: string, command: string[]): Promise<void> => {
    const logFile = join(folder, `${label.replaceAll(/\W+/g, '-')}.log`)
    const child = startChild({ command, logFile, stopMs: 60_000 }, cleanup)
    const code = await child.exited
    // 1: a bar does not hold, which is no matter here; then there are results.
    if (code > 1) throw new Error(`${label} failed: ${child.output().trim().slice(-1_000)}`)
  }
  const old = join(folder, 'before')
  console.error(`  checking out ${against}`)
  cleanup.add(() => Bun.spawnSync(['git', '-C', ROOT, 'worktree', 'remove', '--force', old]))
  await run('git worktree', ['git', '-C', ROOT, 'worktree', 'add', '--detach', old, against])
  await run('bun install', [process.execPath, 'install', '--cwd', old, '--frozen-lockfile'])
  if (!(await Bun.file(join(old, 'bench/arguments.ts')).exists()))
    throw new Error(`${against} is from before --compare`)

  const measure = async (side: 'before' | 'after', pair: number): Promise<Row[]> => {
    const out = join(folder, `${side}-${pair}`)
    console.error(`  pair ${pair + 1} of ${pairs}: ${side === 'before' ? against : 'this one'}`)
    const main = join(side === 'before' ? old : ROOT, 'bench/main.ts')
    await run(`${side} ${pair}`, [process.execPath, main, bench, '--out', out, ...options])
    return (JSON.parse(readFileSync(join(out, `${bench}.json`), 'utf8')) as { rows: Row[] }).rows
  }
  const measured: { before: Row[]; after: Row[] }[] = []
  for (let pair = 0; pair < pairs; pair += 1) {
    // Whoever comes second finds a warmer machine, or a slower one: each side is second as often.
    const first = pair % 2 === 0 ? 'before' : 'after'
    const one = await measure(first, pair)
    const other = await measure(first === 'before' ? 'after' : 'before', pair)
    measured.push(first === 'before' ? { before: one, after: other } : { before: other, after: one })
  }
  const all = verdicts(measured)
  console.log(`${bench}: ${against} and this one, ${pairs} pairs\n${report(all)}`)
  return all.every(({ change }) => change !== 'slower')
}
