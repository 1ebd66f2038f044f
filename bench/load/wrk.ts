/** Load from wrk. Requests and the line of results are its script's, `wrk.lua`. */
import { join } from 'node:path'
import { readLine } from './result-line.ts'
import type { LoadTool } from './tool.ts'

export const wrkTool: LoadTool = {
  program: 'wrk',
  name: 'wrk',
  command: async ({ port, connections, seconds, batch }) => [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    '--timeout=5s',
    `--script=${join(import.meta.dir, 'wrk.lua')}`,
    `http://127.0.0.1:${port}`,
    ...(batch === undefined ? [] : ['--', String(batch)]),
  ],
  read: readLine,
}
