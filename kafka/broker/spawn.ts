/**
 * One local Kafka broker as a child process.
 *
 * - Resolved means ready: it has answered a metadata request. Rejected means nothing is left running.
 * - Killed with -9 and spawned again on the same folder, it continues with every acknowledged message.
 */
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BrokerError } from './broker-error.ts'
import { type BrokerCommand, type BrokerOptions, prepareBroker } from './prepare.ts'

export interface SpawnOptions extends BrokerOptions {
  /** The file its output is added to; `broker.log` in the data folder when absent. */
  readonly logFile?: string
  /** How long it may take to be ready, in milliseconds. */
  readonly readyTimeoutMs?: number
}

export interface Broker {
  /** `127.0.0.1:port`, for `KAFKA_BROKERS`. */
  readonly brokers: string
  readonly pid: number
  /** Resolves when the process has ended, however. */
  readonly exited: Promise<unknown>
  /** Stops it cleanly; killed when that takes more than `timeoutMs`. */
  stop(timeoutMs?: number): Promise<void>
}

/** Starts a broker and waits until it is ready. @throws BrokerError */
export async function spawnBroker(options: SpawnOptions): Promise<Broker> {
  const command = await prepareBroker(options)
  const logFile = options.logFile ?? join(options.dataDir, 'broker.log')
  const log = openSync(logFile, 'a')
  const child = Bun.spawn([...command.argv], {
    cwd: command.cwd,
    env: { ...(options.env ?? process.env) },
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  const exited = child.exited.then(command.ended)
  const stop = async (timeoutMs = 15_000) => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    await exited
    clearTimeout(timer)
  }
  try {
    await untilReady(
      command,
      () => child.exitCode !== null || child.signalCode !== null,
      options.readyTimeoutMs,
    )
  } catch (error) {
    await stop()
    throw new BrokerError(`${(error as Error).message}${lastError(logFile)}`, 'failed')
  }
  return { brokers: command.brokers, pid: child.pid, exited, stop }
}

async function untilReady(command: BrokerCommand, ended: () => boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await command.ready())) {
    if (ended()) throw new Error('Kafka stopped while starting')
    if (performance.now() > deadline) throw new Error(`Kafka was not ready after ${timeoutMs / 1000} s`)
    await Bun.sleep(30)
  }
}

/** The last error in the broker's log, as the end of a sentence. */
function lastError(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n')
  const line = lines.findLast((text) => /\b(ERROR|FATAL)\b|Exception|Error:/.test(text)) ?? lines.at(-1)
  return line ? ` (${line.trim()})` : ''
}
