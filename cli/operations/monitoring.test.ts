/** The alarms: rules that promtool takes, metrics that exist, a runbook each, and a view that throws heard of within 30 s by a real Prometheus. */
import { afterAll, expect, test } from 'bun:test'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { metricNames as aggregatorMetricNames } from '@rtpx/aggregator/metrics'
import { LIMITS } from '@rtpx/clickhouse/health/limits'
import { System } from '@rtpx/edge/faults/system'
import { metricNames as edgeMetricNames } from '@rtpx/edge/metrics'
import { freePort } from '@rtpx/kafka/broker/ports'
import { metricNames as dashboardMetricNames } from '../../dashboard/src/lib/server/process-metrics.ts'
import { ROOT } from '../config.ts'

const FOLDER = join(ROOT, 'monitoring/prometheus')
const rulesText = readFileSync(join(FOLDER, 'rtpx.rules.yml'), 'utf8')
const { groups } = Bun.YAML.parse(rulesText) as {
  groups: {
    rules: {
      alert: string
      expr: string
      labels: { severity: string }
      annotations: Record<string, string>
    }[]
  }[]
}
const rules = groups.flatMap((group) => group.rules)
const folder = mkdtempSync(join(tmpdir(), 'rtpx-monitoring-'))
afterAll(() => rmSync(folder, { recursive: true }))

const promtool = (...args: string[]) => {
  const { exitCode, stdout, stderr } = Bun.spawnSync(['promtool', ...args], { cwd: FOLDER })
  return { exitCode, said: `${stdout}${stderr}` }
}

test('promtool takes the configuration and the rules, and every alarm rings when it should and only then', () => {
  expect(promtool('check', 'config', 'prometheus.yml')).toMatchObject({ exitCode: 0 })
  expect(promtool('test', 'rules', 'rtpx.tests.yml')).toMatchObject({ exitCode: 0 })
  const tested = readFileSync(join(FOLDER, 'rtpx.tests.yml'), 'utf8')
  for (const { alert } of rules) expect(tested).toContain(`- name: ${alert} rings`)
})

const KINDS: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'] }
const known = new Set(
  [...edgeMetricNames(), ...aggregatorMetricNames(), ...dashboardMetricNames()].flatMap(({ name, kind }) =>
    (KINDS[kind] ?? ['']).map((end) => name + end),
  ),
)

test('every metric that a rule or the Grafana dashboard names is one that a part tells', () => {
  const grafana = readFileSync(join(ROOT, 'monitoring/grafana/dashboards/rtpx.json'), 'utf8')
  const { panels } = JSON.parse(grafana) as { panels: { targets: { expr: string }[] }[] }
  const named = [...rules, ...panels.flatMap(({ targets }) => targets)].flatMap(
    ({ expr }) => expr.replace(/=~"[^"]*"/g, '').match(/\brtpx_\w+/g) ?? [],
  )
  expect(named.filter((name) => !known.has(name))).toEqual([])
  expect(panels.length).toBeGreaterThan(15)
})

test('every alarm has a runbook, and every runbook an alarm', () => {
  const text = readFileSync(join(ROOT, 'docs/runbooks.md'), 'utf8')
  const sections = [...text.matchAll(/^## (\w+)$/gm)].map(([, name]) => name ?? '')
  expect(sections.toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted())
  for (const { alert, annotations } of rules)
    expect(annotations.runbook_url).toBe(`docs/runbooks.md#${alert.toLowerCase()}`)
})

test('the thresholds are those that doctor and the status page use', () => {
  const exprOf = (alert: string) => rules.find((rule) => rule.alert === alert)?.expr ?? ''
  expect(exprOf('SpoolOld')).toEndWith(`> ${LIMITS.spoolWarnS}`)
  expect(exprOf('SpoolVeryOld')).toEndWith(`> ${LIMITS.spoolBadS}`)
  expect(exprOf('QueueLag')).toEndWith(`> ${LIMITS.lagWarn}`)
  expect(exprOf('QueueLagGreat')).toEndWith(`> ${LIMITS.lagBad}`)
  expect(exprOf('Slow')).toEndWith(`> ${LIMITS.freshnessWarnMs / 1000}`)
  expect(exprOf('CanarySilent')).toEndWith(`> ${LIMITS.canaryAgeMs / 1000}`)
  expect(exprOf('ClocksApart')).toEndWith(`> ${LIMITS.clockWarnMs / 1000}`)
  expect(exprOf('TooManyParts')).toEndWith(`> ${LIMITS.partsWarn}`)
  expect(exprOf('ClickHouseDiskFull')).toEndWith(`< ${LIMITS.diskBadBytes}`)
  expect(exprOf('ClickHouseDiskLow')).toContain(`< ${LIMITS.diskWarnShare} and`)
})

test('a view that throws rings within 30 s, through the real aggregator and a real Prometheus; the canaries tell their delay', async () => {
  const system = await System.start()
  const [aggregatorPort, prometheusPort] = [await freePort(), await freePort()]
  const children: Bun.Subprocess[] = []
  try {
    const edge = await system.startEdge('monitoring')
    const spawn = (argv: string[], env: Record<string, string> = {}) => {
      const child = Bun.spawn(argv, {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'ignore'],
        cwd: folder,
      })
      children.push(child)
    }
    spawn([process.execPath, join(ROOT, 'aggregator/main.ts')], {
      AGGREGATOR_PORT: String(aggregatorPort),
      CLICKHOUSE_URL: system.clickhouseUrl,
      KAFKA_BROKERS: system.brokers,
      EDGE_NODES: `http://127.0.0.1:${edge.port}`,
      CANARY_SCHEDULE: '*/2 * * * * *',
    })
    cpSync(FOLDER, folder, { recursive: true })
    const config = readFileSync(join(FOLDER, 'prometheus.yml'), 'utf8')
      .replace('aggregator:8788', `127.0.0.1:${aggregatorPort}`)
      .replace('"edge-1:8787", "edge-2:8787"', `"127.0.0.1:${edge.port}"`)
    writeFileSync(join(folder, 'prometheus.yml'), config)
    spawn([
      'prometheus',
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=tsdb',
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
    ])
    const metrics = () =>
      fetch(`http://127.0.0.1:${aggregatorPort}/metrics`)
        .then((answer) => answer.text())
        .catch(() => '')
    await until(async () => /rtpx_canary_delay_seconds\{edge="http[^}]+\} [\d.]+/.test(await metrics()))
    await until(async () => /^rtpx_queue_lag_messages\{topic="events_queue"\} \d+$/m.test(await metrics()))
    expect(await metrics()).not.toContain('rtpx_view_throwing{')
    const ringing = async () => {
      const answer = await fetch(`http://127.0.0.1:${prometheusPort}/api/v1/alerts`)
      const { data } = (await answer.json()) as {
        data?: { alerts: { labels: { alertname: string; view?: string }; state: string }[] }
      }
      return data?.alerts.filter(({ state }) => state === 'firing') ?? []
    }
    await until(
      async () =>
        (await fetch(`http://127.0.0.1:${prometheusPort}/-/ready`).catch(() => undefined))?.ok === true,
    )
    const view = `CREATE MATERIALIZED VIEW my_view ENGINE = Null AS SELECT throwIf(player_id = 'boom') AS x FROM events_incoming`
    await system.clickhouse.command(view)
    await Bun.sleep(1_000)
    const brokenAt = performance.now()
    expect((await fetch(`http://127.0.0.1:${edge.port}/visit?pid=boom&btag=b`)).status).toBe(200)
    await until(async () =>
      (await ringing()).some(
        ({ labels }) => labels.alertname === 'ViewThrows' && labels.view === 'rtpx.my_view',
      ),
    )
    expect(performance.now() - brokenAt).toBeLessThan(30_000)
    await system.clickhouse.command('DROP VIEW my_view SYNC')
    await until(
      async () =>
        (await system.clickhouse.rows<{ n: number }>('SELECT count() AS n FROM events'))[0]?.n === 1,
    )
  } finally {
    for (const child of children) child.kill('SIGTERM')
    await Promise.all(children.map(({ exited }) => exited))
    await system.stop()
  }
}, 120_000)

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 40_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it did not come about')
    await Bun.sleep(100)
  }
}
