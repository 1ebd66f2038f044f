// Child of the kill test: appends to the spool in argv[2] and prints the first id of each batch once it is
// acknowledged, while it drains into nothing that lasts. Ids begin at argv[3]. It never ends by itself.

import { writeSync } from 'node:fs'
import type { Batch } from '../sinks/sink.ts'
import { systemClock } from './clock.ts'
import { Spool } from './spool.ts'
import { keepDraining } from './spool-sink.ts'
import { batchOf, idsOf, SMALL } from './test-kit.ts'

const [, , directory = '', first = '0'] = process.argv
const spool = await Spool.open(directory, { ...SMALL, segmentBytes: 256 * 1024 }, systemClock)
let next = Number(first)

const sink = {
  write: async (batches: readonly Batch[]) => {
    for (const batch of batches) writeSync(1, `delivered ${idsOf([batch])[0]}\n`)
    await Bun.sleep(2)
  },
}
keepDraining(
  spool,
  {
    sink,
    bytesPerSecond: 2_000_000,
    maxInFlightBytes: 50_000,
    signal: new AbortController().signal,
    clock: systemClock,
  },
  (error) => {
    throw error
  },
)

await Promise.all(
  Array.from({ length: 8 }, async (_, partition) => {
    for (;;) {
      const id = next
      next += 20
      await spool.append([batchOf(id, 20, partition)])
      // Synchronous: what was printed was acknowledged, whenever the kill comes.
      writeSync(1, `acked ${id}\n`)
    }
  }),
)
