/** A real Postgres for a test: a cluster of its own in a temporary folder, on a free port of 127.0.0.1, gone after `stop()`. */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface TestPostgres {
  readonly url: string
  stop(): Promise<void>
}

/** @throws Error naming what to install, or what Postgres said */
export async function startPostgres(): Promise<TestPostgres> {
  const bin = findPrograms()
  const folder = mkdtempSync(join(tmpdir(), 'rtpx-postgres-'))
  // Postgres refuses to run as root.
  const asUser =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  const command = (program: string, ...args: string[]) => [...asUser, join(bin, program), ...args]
  if (asUser.length > 0) run(['chown', 'postgres:', folder], folder)
  const data = join(folder, 'data')
  run(command('initdb', '-D', data, '-U', 'rtpx', '-A', 'trust', '--no-sync', '-E', 'UTF8'), folder)
  const port = freePort()
  const options = ['-h', '127.0.0.1', '-p', String(port), '-k', folder, '-F']
  const child = Bun.spawn(command('postgres', '-D', data, ...options), {
    cwd: folder,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  })
  const stop = async () => {
    child.kill('SIGINT')
    await child.exited
    rmSync(folder, { recursive: true, force: true })
  }
  const ready = () =>
    Bun.spawnSync([join(bin, 'pg_isready'), '-h', '127.0.0.1', '-p', String(port)]).exitCode === 0
  for (let tries = 0; !ready(); tries++) {
    if (tries < 200 && child.exitCode === null) await Bun.sleep(50)
    else {
      await stop()
      throw new Error('Postgres did not start')
    }
  }
  return { url: `postgres://rtpx@127.0.0.1:${port}/postgres`, stop }
}

function findPrograms(): string {
  const onPath = Bun.which('initdb')
  if (onPath) return dirname(realpathSync(onPath))
  const debian = [
    ...new Bun.Glob('*/bin/initdb').scanSync({ cwd: '/usr/lib/postgresql', onlyFiles: false }),
  ].sort()
  const newest = existsSync('/usr/lib/postgresql') ? debian.at(-1) : undefined
  if (!newest) throw new Error('this test runs on a real Postgres: install postgresql')
  return dirname(join('/usr/lib/postgresql', newest))
}

function run(argv: string[], cwd: string): void {
  const { exitCode, stderr } = Bun.spawnSync(argv, { cwd, stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}\n${stderr}`)
}

function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  server.stop(true)
  return server.port
}
