/** The aggregator's settings, read once from the environment. */
import { clickhouseVariables } from '@rtpx/clickhouse/config'
import { metricsVariables } from '@rtpx/clickhouse/settings'
import { num, port, str } from 'envalid'

/** The settings of an aggregator, with their meaning and defaults. */
export const aggregatorVariables = {
  ...clickhouseVariables,
  ...metricsVariables,
  AGGREGATOR_HOST: str({ default: '127.0.0.1', desc: 'Address the aggregator listens on' }),
  AGGREGATOR_PORT: port({ default: 8788, desc: 'Port the aggregator listens on' }),
  PLAYERS_SCHEDULE: str({
    default: '*/10 * * * * *',
    desc: 'When the players job runs, as cron with seconds',
  }),
  DORMANT_AFTER_DAYS: num({
    default: 30,
    desc: 'Whole days (UTC) without an event after which a player is dormant',
  }),
  DEPOSITS_SCHEDULE: str({
    default: '5/10 * * * * *',
    desc: 'When the deposits job runs, as cron with seconds',
  }),
  ANOMALIES_SCHEDULE: str({
    default: '15 * * * * *',
    desc: 'When the anomalies job runs, as cron with seconds',
  }),
}
