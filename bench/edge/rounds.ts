/** Cases measured in turn, several rounds, so that what disturbs the machine for a while disturbs all of them alike. */
import { join } from 'node:path'
import type { Context } from '../bench.ts'
import { type LoadResult, load } from '../load/load.ts'
import { cpuSeconds } from '../measure/machine.ts'
import { type Row, rowOfRounds } from '../measure/row.ts'
import { terminalProgress } from '../progress.ts'
import type { Contender } from './contenders.ts'

export interface Case {
  readonly name: string
  readonly contender: Contender
  readonly connections: number
  readonly batch?: number
  /** The core of the load; absent: any. */
  readonly core?: number
}

export interface Measured extends LoadResult {
  /** Seconds of the server's CPU for a million events. */
  readonly cpuPerMillion: number
  /** Cores the server took. */
  readonly cores: number
}

export interface Plan {
  readonly rounds: number
  readonly seconds: number
  /** How long each is under load before the first round: the JIT takes seconds until an edge is as fast as it stays. */
  readonly warmSeconds: number
}

/** @throws when a server's answers were not what they should be */
export async function inTurn(
  context: Context,
  cases: readonly Case[],
  { rounds, seconds, warmSeconds }: Plan,
): Promise<Map<string, Measured[]>> {
  const results = new Map<string, Measured[]>(cases.map(({ name }) => [name, []]))
  const shown = terminalProgress('  edge', 'measured', (rounds + 1) * cases.length)
  let done = 0
  for (let round = 0; round <= rounds; round += 1)
    for (const one of cases) {
      const measured = await measure(context, one, round === 0 ? warmSeconds : seconds)
      done += 1
      shown.update(done, `${one.name}: ${whole(measured.rate)} events/s`)
      if (round === 0) continue
      results.get(one.name)?.push(measured)
      const problem = await one.contender.verify?.()
      if (problem) throw new Error(`${one.name}: ${problem}`)
    }
  shown.end()
  return results
}

async function measure(context: Context, one: Case, seconds: number): Promise<Measured> {
  const { name, contender, connections, batch, core } = one
  const logFile = join(context.folder, `load-${name.replaceAll(/\W+/g, '-')}.log`)
  const before = await cpuSeconds(contender.pid)
  const options = {
    port: contender.port,
    connections,
    seconds,
    logFile,
    ...(batch !== undefined && { batch }),
    ...(core !== undefined && { core }),
  }
  const result = await load(options, context.cleanup)
  const spent = (await cpuSeconds(contender.pid)) - before
  return { ...result, cpuPerMillion: (spent / (result.rate * seconds)) * 1e6, cores: spent / seconds }
}

const MEASURES = [
  [', p50', 'ms', ({ p50Ms }) => p50Ms],
  [', p99', 'ms', ({ p99Ms }) => p99Ms],
  [', p99.9', 'ms', ({ p999Ms }) => p999Ms],
  [', CPU of a million', 's', ({ cpuPerMillion }) => cpuPerMillion],
] as const satisfies readonly (readonly [string, string, (one: Measured) => number])[]

/** The middle of each case's rounds. @param base the case that all are compared with, round by round */
export function rowsOfCases(
  results: ReadonlyMap<string, readonly Measured[]>,
  unit: string,
  base?: string,
): Row[] {
  return [...results].flatMap(([name, runs]) => {
    const isAnswered = runs.every(({ rate }) => rate > 0)
    const rowOf = (label: string, of: string, pick: (one: Measured) => number) => {
      const others = base !== undefined && base !== name ? results.get(base) : undefined
      const compared = others && { base: { name: base + label, values: others.map(pick) } }
      return rowOfRounds('edge', name + label, { values: runs.map(pick), ...compared }, of)
    }
    const errors = runs.reduce((sum, run) => sum + run.errors, 0)
    const errorRows =
      errors > 0 ? [rowOfRounds('edge', `${name}, errors`, { values: [errors] }, 'requests')] : []
    return [
      rowOf('', unit, ({ rate }) => rate),
      ...(isAnswered ? MEASURES.map(([label, of, pick]) => rowOf(label, of, pick)) : []),
      ...errorRows,
    ]
  })
}

const whole = (value: number) => Math.round(value).toLocaleString('en')
