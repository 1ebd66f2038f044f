/** `GET /metrics` → the dashboard's numbers about itself, for METRICS_NETWORKS; 404 for others. */
import { getServices } from '#lib/server/clickhouse.ts'
import { metricsResponse } from '#lib/server/process-metrics.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = ({ getClientAddress }) =>
  metricsResponse(getClientAddress(), getServices().config.METRICS_NETWORKS)
