/** The real parts the tests run against, and how a Debian gets them. */
import { run } from './run.ts'

export interface Part {
  readonly name: string
  /** Any of these programs is enough. */
  readonly programs: readonly string[]
  /** Debian's packages. */
  readonly packages: readonly string[]
}

export const PARTS: readonly Part[] = [
  { name: 'Chromium', programs: ['chromium', 'chromium-browser', 'google-chrome'], packages: ['chromium'] },
  { name: 'Java 17 or newer', programs: ['java'], packages: ['default-jre-headless'] },
  { name: 'Prometheus and promtool', programs: ['promtool'], packages: ['prometheus'] },
  { name: 'faketime', programs: ['faketime'], packages: ['faketime'] },
  { name: 'nginx', programs: ['nginx'], packages: ['nginx-light'] },
  { name: 'Maven', programs: ['mvn'], packages: ['maven'] },
  { name: 'Postgres', programs: ['initdb', 'pg_ctlcluster'], packages: ['postgresql'] },
]

/** Installs a part that is not there, as root on a Debian. @returns what is missing and what to do, when it is still not there */
export async function missingPart(part: Part, cwd: string): Promise<string | undefined> {
  if (isThere(part)) return undefined
  const advice = `${part.name}: install ${part.packages.join(' ')}`
  if (process.getuid?.() !== 0 || Bun.which('apt-get') === null) return advice
  const install = `apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${part.packages.join(' ')}`
  await run(`install ${part.name}`, ['sh', '-c', install], cwd)
  return isThere(part) ? undefined : advice
}

function isThere({ programs }: Part): boolean {
  return programs.some((program) => Bun.which(program) !== null)
}
