/** docs/metrics.md: every metric, from the declarations the parts expose them with. */
import { metricNames as aggregatorMetricNames } from '@rtpx/aggregator/metrics'
import { metricNames as edgeMetricNames } from '@rtpx/edge/metrics'
import { code, markdownTable } from './table.ts'

const table = (names: readonly { name: string; kind: string; help: string }[]) =>
  markdownTable(
    ['metric', 'kind', 'meaning'],
    names.map(({ name, kind, help }) => [code(name), kind, help]),
  )

/** The page's text. */
export function metricsPage(): string {
  return `# Metrics

\`GET /metrics\` of the edge and of the aggregator answers in Prometheus' text format, to clients in \`METRICS_NETWORKS\`.
This page is written by \`bun run docs\`.

## Edge

For all its workers at once; the label \`worker\` tells them apart.

${table(edgeMetricNames())}

## Aggregator

The label \`job\` tells the jobs apart.

${table(aggregatorMetricNames())}
`
}
