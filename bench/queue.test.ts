import { expect, test } from 'bun:test'
import { renderQueue } from '@rtpx/clickhouse/queue'
import { queueWith } from './queue.ts'

const SETTINGS = /SETTINGS\n([^;]*);/

test('settings of the door of events are set, added or left to ClickHouse; the door of rejected events stays', async () => {
  const asItIs = await queueWith({})
  const [, before = ''] = SETTINGS.exec(asItIs) ?? []
  expect(before).toContain('kafka_poll_max_batch_size = 256')
  const changed = await queueWith({
    kafka_poll_max_batch_size: 16,
    kafka_max_block_size: 4_096,
    kafka_flush_interval_ms: null,
  })
  const [, after = ''] = SETTINGS.exec(changed) ?? []
  const names = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim().replace(/,$/, ''))
      .sort()
  expect(names(after)).toEqual(
    [
      ...names(before).filter((line) => !/poll_max|flush_interval/.test(line)),
      'kafka_poll_max_batch_size = 16',
      'kafka_max_block_size = 4096',
    ].sort(),
  )
  expect(after.trimEnd()).not.toEndWith(',')
  expect(changed.slice(changed.indexOf('CREATE TABLE rejected_queue'))).toBe(
    asItIs.slice(asItIs.indexOf('CREATE TABLE rejected_queue')),
  )
  expect(renderQueue(changed, { brokers: ['127.0.0.1:1'], consumers: 1 })).not.toContain('{{')
  expect(queueWith({ kafka_no_such_thing: null })).rejects.toThrow('queue.sql has no kafka_no_such_thing')
})
