/** What of this machine rtpx needs: versions, ports, room, and the parts that `up` started. */
import { existsSync } from 'node:fs'
import { type Check, checkOf, reasonOf } from '@rtpx/clickhouse/health/check'
import { sizeText } from '@rtpx/clickhouse/health/size'
import { findJava } from '@rtpx/kafka/broker/java'
import { bindable } from '@rtpx/kafka/broker/ports'
import type { Environment, UpSettings } from '../config.ts'
import { freeMib } from '../data-folder.ts'
import { makePlan, wantedPorts } from '../plan.ts'
import type { SystemState } from '../state.ts'

/** The Bun rtpx is tested with: any later one of the same major release will do. */
const BUN = { major: 1, minor: 4 }

/** Never throws. @param running what `up` has running, when it is up */
export async function checkMachine(
  settings: UpSettings,
  environment: Environment,
  running: SystemState | undefined,
): Promise<Check[]> {
  return [
    bunCheck(Bun.version),
    ...(needsJava(settings, running) ? [await javaCheck(environment)] : []),
    diskCheck(settings),
    ...(running ? partChecks(running) : await portChecks(settings, environment)),
  ]
}

/** @param version as Bun tells it: `1.4.5` */
export function bunCheck(version: string): Check {
  const { ok, bad } = checkOf('bun', 'Bun')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major === BUN.major && minor >= BUN.minor
    ? ok(version)
    : bad(`${version} runs this`, `use Bun ${BUN.major}.${BUN.minor} or newer: npx -y bun@1.4.5 run …`)
}

/** A local broker runs, or would be started. */
const needsJava = ({ QUEUE, KAFKA_BROKERS }: UpSettings, running: SystemState | undefined) =>
  running
    ? running.parts.some(({ name }) => name === 'kafka')
    : QUEUE !== 'direct' && KAFKA_BROKERS.length === 0

async function javaCheck(environment: Environment): Promise<Check> {
  const { ok, warn } = checkOf('java', 'Java')
  return findJava(environment).then(
    ({ version }) => ok(version),
    (error: unknown) => warn(reasonOf(error), 'without it events go straight into ClickHouse'),
  )
}

function diskCheck({ RTPX_DATA: dataDir, MIN_FREE_MIB: least }: UpSettings): Check {
  const { ok, warn, bad, unknown } = checkOf('data_disk', 'Disk of RTPX_DATA')
  if (!existsSync(dataDir)) return unknown(`${dataDir} is not there yet`, '`up` makes it')
  const free = freeMib(dataDir)
  const words = `${sizeText(free * 1024 ** 2)} free at ${dataDir}`
  if (free < least) return bad(words, `make room: below ${least} MiB (MIN_FREE_MIB) \`up\` does not start`)
  return free < 4 * least ? warn(words, 'make room soon') : ok(words)
}

function partChecks({ parts }: SystemState): Check[] {
  return parts.map(({ name, status, restarts, process }) => {
    const { ok, warn, bad } = checkOf('part', `Process ${name}`)
    const advice = `\`bun run logs ${name}\` says why`
    if (status !== 'ready' || !process) return bad(`is ${status}`, advice)
    return restarts > 0 ? warn(`runs, after it was started again ${restarts} times`, advice) : ok('runs')
  })
}

async function portChecks(settings: UpSettings, environment: Environment): Promise<Check[]> {
  const { ok, bad, unknown } = checkOf('ports', 'Ports')
  try {
    const wanted = wantedPorts(await makePlan(settings, environment))
    const taken: string[] = []
    for (const [name, host] of wanted)
      if (!(await bindable(settings[name], host))) taken.push(`${settings[name]} (${name})`)
    return [
      taken.length === 0
        ? ok('free for `up`; rtpx is not up here')
        : bad(
            `taken by another program: ${taken.join(', ')}`,
            'stop that program, or set those to other ports; when the parts run without `up`, all is well',
          ),
    ]
  } catch (error) {
    return [unknown(reasonOf(error))]
  }
}
