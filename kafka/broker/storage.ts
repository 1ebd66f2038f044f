/**
 * The broker's data folder: `server.properties`, written anew at each start, and `data/`, formatted once.
 *
 * - Paths in it are relative to the folder, so that it may be moved and its path may hold any character.
 * - `data/` appears formatted (a rename) or not at all.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BrokerError } from './broker-error.ts'

/** Milliseconds in the names are Kafka's. Sizes are those of a small machine; nothing is ever dropped for its size. */
const SETTINGS = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'PLAINTEXT',
  'auto.create.topics.enable': 'false',
  'num.partitions': '1',
  'default.replication.factor': '1',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  // Longer than events are kept: a machine switched off for weeks continues where it was.
  'offsets.retention.minutes': String(60 * 24 * 60),
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  // A broker killed with -9 is refused as its own double until its session ends: Kafka's 9 s would be the time to heal.
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  'group.initial.rebalance.delay.ms': '0',
  'log.retention.hours': String(7 * 24),
  'log.segment.bytes': String(128 * 1024 * 1024),
  'log.index.size.max.bytes': String(1024 * 1024),
  'log.cleaner.dedupe.buffer.size': String(8 * 1024 * 1024),
  'num.network.threads': '2',
  'num.io.threads': '4',
  'background.threads': '2',
} as const

export interface Ports {
  readonly port: number
  readonly controllerPort: number
}

/** Writes `server.properties` for these ports and returns its path. */
export function writeProperties(folder: string, ports: Ports): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'server.properties')
  writeFileSync(path, properties('data', ports))
  return path
}

function properties(logDir: string, { port, controllerPort }: Ports): string {
  const settings = {
    ...SETTINGS,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'log.dirs': logDir,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  return `# Written at each start.\n${lines.join('\n')}\n`
}

/**
 * Formats the folder's storage unless it is, and returns its cluster id.
 * @param runTool runs a main class of the jars in `folder` with arguments; resolves to what it printed, rejects when it failed
 */
export async function ensureFormatted(
  folder: string,
  ports: Ports,
  runTool: (mainClass: string, args: readonly string[]) => Promise<string>,
): Promise<string> {
  const data = join(folder, 'data')
  if (!existsSync(data)) {
    rmSync(join(folder, 'formatting'), { recursive: true, force: true })
    writeFileSync(join(folder, 'formatting.properties'), properties('formatting', ports))
    const clusterId = crypto.getRandomValues(Buffer.alloc(16)).toString('base64url')
    // Kafka refuses an id that begins with a dash: it would read as an option.
    const id = clusterId.replace(/^-/, '_')
    await runTool('kafka.tools.StorageTool', ['format', '-t', id, '-c', 'formatting.properties'])
    renameSync(join(folder, 'formatting'), data)
    rmSync(join(folder, 'formatting.properties'))
  }
  const clusterId = /^cluster\.id=(.+)$/m.exec(readFileSync(join(data, 'meta.properties'), 'utf8'))?.[1]
  if (!clusterId) throw new BrokerError(`${join(data, 'meta.properties')} names no cluster id`, 'failed')
  return clusterId
}
