/** docs/metrics.md: every metric, from the declarations the parts expose them with. */
import { metricNames } from '@rtpx/edge/metrics'
import { code, markdownTable } from './table.ts'

/** The page's text. */
export function metricsPage(): string {
  const rows = metricNames().map(({ name, kind, help }) => [code(name), kind, help])
  return `# Metrics

\`GET /metrics\` of the edge answers in Prometheus' text format, for all its workers at once; the label \`worker\` tells them apart.
This page is written by \`bun run docs\`.

${markdownTable(['metric', 'kind', 'meaning'], rows)}
`
}
