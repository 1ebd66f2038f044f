/** docs/metrics.md: every metric, from the declarations the parts expose them with. */
import { metricNames as aggregatorMetricNames } from '@rtpx/aggregator/metrics'
import { metricNames as edgeMetricNames } from '@rtpx/edge/metrics'
import { metricNames as dashboardMetricNames } from '../../dashboard/src/lib/server/process-metrics.ts'
import { code, markdownTable } from './table.ts'

const table = (names: readonly { name: string; kind: string; help: string }[]) =>
  markdownTable(
    ['metric', 'kind', 'meaning'],
    names.map(({ name, kind, help }) => [code(name), kind, help]),
  )

/** The page's text. */
export function metricsPage(): string {
  return `# Metrics

\`GET /metrics\` of the edge, the aggregator and the dashboard answers in Prometheus' text format, to clients in \`METRICS_NETWORKS\`.
This page is written by \`bun run docs\`.

## Edge

For all its workers at once; the label \`worker\` tells them apart.

${table(edgeMetricNames())}

## Aggregator

The label \`job\` tells the jobs apart. What it saw of the queue and of ClickHouse is that of its last look (\`HEALTH_SCHEDULE\`); the canary
is sent by the job of that name.

${table(aggregatorMetricNames())}

## Dashboard

${table(dashboardMetricNames())}

## Alarms

The rules in [\`monitoring/prometheus/\`](../monitoring/prometheus/rtpx.rules.yml) are made of these; what to do when one rings stands in
[runbooks.md](runbooks.md). Apache Kafka and a ClickHouse server have metrics of their own (JMX; \`<prometheus>\` on port 9363), which these
rules do not need.
`
}
