/** What the traffic senders read from the environment. */
import { resolve } from 'node:path'
import { serverKeyFile } from '@rtpx/clickhouse/server-key'
import { readSettings } from '@rtpx/kafka/settings'
import { port, str } from 'envalid'

/** The checkout's, whatever folder a command runs in, as `up` has it. */
const DEFAULT_DATA = resolve(import.meta.dir, '../../.data')

/** The settings of `replay` and `demo`. */
export const trafficVariables = {
  EDGE_URL: str({ default: '', desc: 'The edge events are sent to; empty: this machine’s at EDGE_PORT' }),
  EDGE_PORT: port({ default: 8787, desc: 'Port of this machine’s edge' }),
  RTPX_DATA: str({ default: DEFAULT_DATA, desc: 'Folder for everything rtpx keeps on this machine' }),
  SERVER_KEY: str({ default: '', desc: 'Key to send as a server; empty: the install’s own, from RTPX_DATA' }),
}

export interface TrafficSettings {
  readonly edgeUrl: string
  readonly dataDir: string
  readonly serverKey: string
}

/** There is nothing to send with; the message says what to do. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}

/**
 * Where to send and with which key.
 * @param edge what the command line names, before the environment
 * @throws SettingsError, SetupError
 */
export async function trafficSettings(
  environment: Readonly<Record<string, string | undefined>>,
  edge?: string,
): Promise<TrafficSettings> {
  const settings = readSettings(environment, trafficVariables)
  const edgeUrl = (edge ?? settings.EDGE_URL) || `http://127.0.0.1:${settings.EDGE_PORT}`
  if (!/^https?:$/.test(URL.parse(edgeUrl)?.protocol ?? ''))
    throw new SetupError(`${edgeUrl} is no address of an edge such as http://127.0.0.1:8787`)
  const file = serverKeyFile(settings.RTPX_DATA)
  const serverKey = settings.SERVER_KEY || (await textOf(file))
  if (serverKey === '')
    throw new SetupError(
      `no server key: ${file} is made when rtpx first starts (bun run up); or set SERVER_KEY`,
    )
  return { edgeUrl: edgeUrl.replace(/\/+$/, ''), dataDir: settings.RTPX_DATA, serverKey }
}

async function textOf(file: string): Promise<string> {
  const text = await Bun.file(file)
    .text()
    .catch(() => '')
  return text.trim()
}
