/** Which Java and Maven there are, and what to install where they do not do. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BrokerError } from './broker-error.ts'

/** The oldest Java that runs Kafka 4's broker. */
const OLDEST_JAVA = 17

export interface Java {
  readonly command: string
  /** As Java prints it: `17.0.15`, `1.8.0_412`. */
  readonly version: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** The Java of JAVA_HOME, else of PATH. @throws BrokerError when there is none, or one too old for Kafka */
export async function findJava(env: Environment): Promise<Java> {
  const command = env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : find('java', env)
  if (!command || !existsSync(command))
    throw missing(env.JAVA_HOME ? `JAVA_HOME has no ${command}` : 'no Java found', 'java')
  const child = Bun.spawn([command, '-version'], { stdout: 'ignore', stderr: 'pipe', env: { ...env } })
  const printed = await new Response(child.stderr).text()
  const version = /version "([^"]+)"/.exec(printed)?.[1]
  if ((await child.exited) !== 0 || !version)
    throw missing(`${command} does not run (${printed.trim().split('\n')[0] ?? ''})`, 'java')
  const release = majorVersion(version)
  if (release < OLDEST_JAVA) throw missing(`Java ${release} found, Kafka needs ${OLDEST_JAVA}`, 'java')
  return { command, version }
}

/** The Maven of PATH. @throws BrokerError when there is none */
export function findMaven(env: Environment): string {
  const command = find('mvn', env)
  if (!command) throw missing('no Maven found', 'maven')
  return command
}

/** 8 of `1.8.0_412`, 17 of `17.0.15`, 24 of `24-ea`. */
export function majorVersion(version: string): number {
  const [first = 0, second = 0] = version.split(/[._+-]/).map(Number)
  return first === 1 ? second : first
}

const find = (command: string, env: Environment) => Bun.which(command, { PATH: env.PATH ?? '' })

const PACKAGES = {
  java: { linux: 'apt-get install default-jre-headless', darwin: 'brew install openjdk' },
  maven: { linux: 'apt-get install maven', darwin: 'brew install maven' },
} as const

function missing(what: string, which: keyof typeof PACKAGES): BrokerError {
  const system = process.platform === 'darwin' ? 'darwin' : 'linux'
  return new BrokerError(`${what}: install it, for example by ${PACKAGES[which][system]}`, 'missing')
}
