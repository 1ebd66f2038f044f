/** The edge process: one edge, or the supervisor of several workers. Drains on SIGTERM or SIGINT and leaves with 0. */
import { readSettings, SettingsError } from '@rtpx/kafka/settings'
import pino from 'pino'
import { edgeVariables } from './config.ts'
import { type RunningEdge, startEdge } from './start.ts'
import { reportToSupervisor, superviseWorkers, WORKER_VARIABLE } from './workers.ts'

function settingsOrExit() {
  try {
    return readSettings(process.env, edgeVariables)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

const settings = settingsOrExit()
const index = process.env[WORKER_VARIABLE]
const log = pino({ name: index === undefined ? 'edge' : `edge-${index}` })

async function startWorker(worker: number): Promise<RunningEdge> {
  let edge: RunningEdge | undefined
  const allMetrics =
    index === undefined
      ? undefined
      : reportToSupervisor(
          async () => edge?.metricsJson() ?? [],
          () => void stop('the supervisor is gone'),
        )
  try {
    edge = await startEdge(settings, worker, log, allMetrics)
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
    console.error(`port ${settings.EDGE_PORT} on ${settings.EDGE_HOST} is taken: set EDGE_PORT`)
    process.exit(1)
  }
  log.info({ host: settings.EDGE_HOST, port: edge.port, queue: settings.QUEUE }, 'the edge listens')
  return edge
}

const isSupervisor = index === undefined && settings.EDGE_WORKERS > 1
const running = isSupervisor
  ? superviseWorkers(settings.EDGE_WORKERS, [process.execPath, import.meta.path], log)
  : await startWorker(Number(index ?? 0))

let stopping = false
async function stop(reason: string) {
  if (stopping) return
  stopping = true
  log.info({ reason }, 'draining')
  await running.stop()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
