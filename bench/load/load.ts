/**
 * Load on one address: as many connections as asked for, each sending its next pixel when it has the last one's answer.
 *
 * From wrk where it is installed, else from oha, else from a generator in Bun. All three are measured too: `busy` says when the load, not the
 * server, was the limit.
 */
import { startChild } from '../measure/child.ts'
import type { Cleanup } from '../measure/cleanup.ts'
import { bunTool } from './bun.ts'
import { ohaTool } from './oha.ts'
import type { LoadOptions, LoadTool, ToolResult } from './tool.ts'
import { wrkTool } from './wrk.ts'

export interface LoadResult extends ToolResult {
  /** The share of a core that the load itself took: near 1, it was the limit. */
  readonly busy: number
}

const TOOLS: readonly LoadTool[] = [wrkTool, ohaTool, bunTool]

/** The first of wrk, oha and our own that is here, or the one that `RTPX_LOAD` names. @throws when it names none that is here */
export function loadTool(
  wanted = process.env.RTPX_LOAD,
  isThere: (program: string) => boolean = (program) => Bun.which(program) !== null,
): LoadTool {
  const here = TOOLS.filter(({ program }) => program === undefined || isThere(program))
  const found = here.find(({ program }) => !wanted || (program ?? 'bun') === wanted)
  if (!found) throw new Error(`RTPX_LOAD=${wanted}: here are ${here.map((tool) => tool.program ?? 'bun')}`)
  return found
}

export const HOW_TO_INSTALL = 'wrk, Debian: apt-get install wrk; oha: cargo install oha --locked'

/** Which one the load comes from, and how another one is had. */
export function loadNote({ name, program }: LoadTool): string {
  if (program) return `load: ${name}`
  return `load: ${name} (one that others wrote is used where it is installed: ${HOW_TO_INSTALL})`
}

/** Rates of batches are those of the events in them. @throws with what the tool said when it could not measure */
export async function load(
  options: LoadOptions,
  cleanup: Cleanup,
  tool: LoadTool = loadTool(),
): Promise<LoadResult> {
  const { core, logFile, batch = 1 } = options
  const command = await tool.command(options)
  const child = startChild({ command, ...(core !== undefined && { core }), logFile }, cleanup)
  const startedAt = performance.now()
  await child.exited
  const elapsed = (performance.now() - startedAt) / 1_000
  const result = readResult(tool, child.output())
  return { ...result, rate: result.rate * batch, busy: child.cpuSeconds() / elapsed }
}

/** @throws with what the tool said when it could not measure */
export function readResult(tool: LoadTool, output: string): ToolResult {
  try {
    return tool.read(output)
  } catch {
    throw new Error(`the load failed (${tool.name}): ${output.trim().slice(-500)}`)
  }
}
