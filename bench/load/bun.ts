/** Load from a generator in Bun, which needs nothing installed; it makes about as many requests a second as wrk with its script. */
import { join } from 'node:path'
import { readLine } from './result-line.ts'
import type { LoadTool } from './tool.ts'

export const bunTool: LoadTool = {
  name: 'a generator in Bun',
  command: async ({ port, connections, seconds, batch }) => {
    const numbers = [port, connections, seconds, ...(batch === undefined ? [] : [batch])]
    return [process.execPath, join(import.meta.dir, 'generator.ts'), ...numbers.map(String)]
  },
  read: readLine,
}
