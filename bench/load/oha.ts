/**
 * Load from oha, of Rust's cargo: each request one of its file's lines at random. It makes about 0.7 times as many requests a second as the
 * other two, so it is the limit sooner; that is told.
 */
import { dirname, join } from 'node:path'
import { ACCEPT, AGENT, batchBodies, pixelPaths, REFERER } from './requests.ts'
import type { LoadOptions, LoadTool, ToolResult } from './tool.ts'

/** What of its report is read; percentiles are seconds, and null when nothing was answered. */
interface Report {
  readonly summary: { readonly total: number }
  readonly latencyPercentiles: Readonly<Record<'p50' | 'p99' | 'p99.9', number | null>>
  readonly statusCodeDistribution: Readonly<Record<string, number>>
  readonly errorDistribution: Readonly<Record<string, number>>
}

/** Requests under way when the time is over: none failed. */
const UNDER_WAY = 'aborted due to deadline'

export const ohaTool: LoadTool = { program: 'oha', name: 'oha', command, read }

async function command({ port, connections, seconds, batch, logFile }: LoadOptions): Promise<string[]> {
  const origin = `http://127.0.0.1:${port}`
  const file = join(dirname(logFile), `oha-${port}-${batch ?? 'pixels'}`)
  const lines = batch === undefined ? pixelPaths().map((path) => origin + path) : batchBodies(batch)
  await Bun.write(file, lines.join('\n'))
  const pixels = ['-A', ACCEPT, '-H', `Referer: ${REFERER}`, '--urls-from-file', file]
  const batches = ['-m', 'POST', '-T', 'application/json', '-Z', file, `${origin}/api/events`]
  const report = ['--no-tui', '--output-format', 'json', '--worker-threads', '1', '--disable-compression']
  return [
    ...['oha', ...report, '-c', String(connections), '-z', `${seconds}s`, '-H', `User-Agent: ${AGENT}`],
    ...(batch === undefined ? pixels : batches),
  ]
}

function read(output: string): ToolResult {
  const report = JSON.parse(output) as Report
  const isGood = ([status]: [string, number]) => status.startsWith('2')
  const answers = Object.entries(report.statusCodeDistribution)
  const failures = Object.entries(report.errorDistribution).filter(([why]) => why !== UNDER_WAY)
  const sum = (list: readonly [string, number][]) => list.reduce((total, [, count]) => total + count, 0)
  const ms = (percentile: number | null) => (percentile ?? 0) * 1_000
  return {
    rate: sum(answers.filter(isGood)) / report.summary.total,
    p50Ms: ms(report.latencyPercentiles.p50),
    p99Ms: ms(report.latencyPercentiles.p99),
    p999Ms: ms(report.latencyPercentiles['p99.9']),
    errors: sum(answers.filter((answer) => !isGood(answer))) + sum(failures),
  }
}
