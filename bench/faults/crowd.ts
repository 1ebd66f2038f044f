/** What one polite client notices of 2,000 dripping connections and a flood from another address. */
import { join } from 'node:path'
import { Connection } from '@rtpx/edge/faults/connection'
import type { System } from '@rtpx/edge/faults/system'
import type { Context } from '../bench.ts'
import { startChild } from '../measure/child.ts'
import { type Row, row } from '../measure/row.ts'
import { percentile } from '../measure/stats.ts'

const PIXEL = 'GET /visit?pid=polite&btag=b HTTP/1.1\r\nHost: edge\r\n\r\n'
const PAUSE_MS = 5
const ANSWER_MS = 30_000
const ALONE = 'a client, alone, p99'
export const CROWDED = 'a client among drips and a flood, p99'

/** @throws when the client's pixels are not all taken */
export async function crowdRows(context: Context, system: System): Promise<Row[]> {
  context.say('  a client among dripping connections and a flood')
  const { port } = await system.startEdge('crowd')
  const seconds = context.quick ? 2 : 8
  await politeP99(port, 1)
  const alone = row('faults', ALONE, await politeP99(port, seconds), 'ms')
  const logFile = join(context.folder, 'crowd.log')
  const command = [process.execPath, join(import.meta.dir, 'crowd-child.ts'), String(port)]
  const crowd = startChild({ command, logFile }, context.cleanup)
  while (!crowd.output().includes('ready')) await Bun.sleep(20)
  const crowded = row('faults', CROWDED, await politeP99(port, seconds), 'ms', ALONE, [alone])
  await crowd.stop()
  return [alone, crowded]
}

/** The 99th percentile of a client that sends a pixel every few milliseconds. */
async function politeP99(port: number, seconds: number): Promise<number> {
  const connection = await Connection.open(port)
  const waits: number[] = []
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    const askedAt = performance.now()
    const { status } = await connection.ask(PIXEL, ANSWER_MS)
    if (status !== 200) throw new Error(`${CROWDED}: a pixel was answered ${status}`)
    waits.push(performance.now() - askedAt)
    await Bun.sleep(PAUSE_MS)
  }
  connection.close()
  return percentile(waits, 0.99)
}
