/** The measurements the capacity model rests on, as the bench wrote them: with the machine and the day. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../config.ts'

export interface Measurement {
  /** Of one core, or of one event. */
  readonly value: number
  readonly unit: string
  /** The file and case it is from, and what was done to it. */
  readonly from: string
}

export interface Measured {
  readonly edgePerCore: Measurement
  readonly clickhousePerCore: Measurement
  readonly consumerRate: Measurement
  readonly topicBytes: Measurement
  readonly logBytes: Measurement
  readonly tableBytes: Measurement
  readonly edgeMemoryMib: Measurement
}

interface Results {
  readonly measured_at: string
  readonly machine: { readonly cpu: string; readonly cores: number }
  readonly rows: readonly { readonly case: string; readonly value: number; readonly unit: string }[]
}

/** @param folder of the bench's results. @throws Error when a case is not there */
export function readMeasured(folder = join(ROOT, 'bench/results')): Measured {
  const take = (name: string, what: string, unit: string, divided = 1): Measurement => {
    const { measured_at, machine, rows } = JSON.parse(
      readFileSync(join(folder, `${name}.json`), 'utf8'),
    ) as Results
    const found = rows.find((row) => row.case === what)
    if (!found) throw new Error(`bench/results/${name}.json has no case "${what}": run bun run bench ${name}`)
    const share = divided > 1 ? `, of ${divided} cores` : ''
    return {
      value: found.value / divided,
      unit,
      from: `bench ${name}, "${what}"${share}; ${measured_at.slice(0, 10)}, ${machine.cpu}`,
    }
  }
  return {
    edgePerCore: take('edge', 'edge, Kafka acks=all', 'events/s a core'),
    clickhousePerCore: take('pipeline', '1,000 events a message, 2 consumers', 'events/s a core', 2),
    consumerRate: take('pipeline', '1,000 events a message, 1 consumer', 'events/s a consumer'),
    topicBytes: take('storage', 'on the topic, uncompressed', 'bytes/event'),
    logBytes: take('storage', 'log of events', 'bytes/event'),
    tableBytes: take('storage', 'every table, one open day', 'bytes/event'),
    edgeMemoryMib: take('edge', 'edge, Kafka acks=all, resident', 'MiB a worker'),
  }
}
