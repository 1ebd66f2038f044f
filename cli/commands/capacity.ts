/** `capacity`: what a load needs, from what was measured of one core and one event. */
import { readMeasured } from '../capacity/measured.ts'
import { ASSUMED, type Load, needsOf } from '../capacity/model.ts'
import { print } from '../output.ts'
import { StartError } from '../start-error.ts'
import { strictCommand } from '../strict-command.ts'
import { table } from '../table.ts'

export default strictCommand({
  meta: { name: 'capacity', description: 'What a load needs: partitions, cores, memory, disk, network' },
  args: {
    'events-per-second': { type: 'string', required: true, description: 'On average over a day' },
    retention: { type: 'string', default: '400', description: 'Days that raw events are kept' },
    peak: { type: 'string', default: '3', description: 'The busiest minute over the average' },
    replication: { type: 'string', default: '3', description: 'Copies of each partition in Kafka' },
    replicas: { type: 'string', default: '2', description: 'Replicas of each shard of ClickHouse' },
    'cores-per-node': { type: 'string', default: '16', description: 'Cores of one machine' },
    'disk-per-node': {
      type: 'string',
      default: '16',
      description: 'TiB of disk of one server of ClickHouse',
    },
    json: { type: 'boolean', description: 'As JSON, for programs' },
  },
  run: ({ args }) => {
    const number = (name: string, text: string) => {
      const value = Number(text.replace(/d$/, ''))
      if (!(value > 0)) throw new StartError(`--${name} ${text}: not a number above 0`)
      return value
    }
    const load: Load = {
      eventsPerSecond: number('events-per-second', args['events-per-second']),
      retentionDays: number('retention', args.retention),
      peak: number('peak', args.peak),
      replication: number('replication', args.replication),
      replicas: number('replicas', args.replicas),
      coresPerNode: number('cores-per-node', args['cores-per-node']),
      tibPerNode: number('disk-per-node', args['disk-per-node']),
    }
    const measured = readMeasured()
    const needs = needsOf(load, measured)
    if (args.json) return void print(JSON.stringify({ load, needs, measured, assumed: ASSUMED }, null, 2))
    const { edge, kafka, clickhouse, network } = needs
    const show = (value: number) => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })
    const rows: [string, string, string][] = [
      ['all', 'events a second, busiest minute', show(needs.peakPerSecond)],
      ['edge', 'nodes, one of them spare', show(edge.nodes)],
      ['edge', 'cores together (EDGE_WORKERS: one a core)', show(edge.cores)],
      ['edge', 'memory together, GiB', show(edge.memoryGib)],
      ['edge', 'disk for the spool a node, GiB', show(edge.spoolGib)],
      ['Kafka', 'partitions of events_queue (KAFKA_PARTITIONS)', show(kafka.partitions)],
      ['Kafka', 'brokers', show(kafka.brokers)],
      ['Kafka', 'disk a broker, GiB', show(kafka.diskGib)],
      ['Kafka', 'written together, MiB/s', show(kafka.inMibS)],
      ['ClickHouse', 'shards', show(clickhouse.shards)],
      ['ClickHouse', 'servers', show(clickhouse.servers)],
      ['ClickHouse', 'cores a server', show(clickhouse.coresPerServer)],
      ['ClickHouse', 'consumers a server (KAFKA_CONSUMERS)', show(clickhouse.consumersPerServer)],
      ['ClickHouse', 'memory a server, GiB', show(clickhouse.memoryGibPerServer)],
      ['ClickHouse', 'disk a server, GiB', show(clickhouse.diskGibPerServer)],
      ['network', 'to the edges, MiB/s', show(network.toEdgesMibS)],
      ['network', 'edges to Kafka, MiB/s', show(network.toKafkaMibS)],
      ['network', 'between brokers, MiB/s', show(network.betweenBrokersMibS)],
      ['network', 'Kafka to ClickHouse, MiB/s', show(network.toClickHouseMibS)],
    ]
    print(table(['PART', 'WHAT', 'NEEDS'], rows))
    print('\nMeasured (bench/results; run the bench on your machines and these change):')
    for (const { value, unit, from } of Object.values(measured)) print(`  ${show(value)} ${unit}: ${from}`)
    print('\nAssumed, not measured:')
    for (const { value, why } of Object.values(ASSUMED)) print(`  ${value}: ${why}`)
  },
})
