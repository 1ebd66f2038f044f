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
  COUNT_DAYS_SCHEDULE: str({
    default: '* * * * * *',
    desc: 'When the count-days job runs, as cron with seconds',
  }),
  CLOSE_DAYS_SCHEDULE: str({
    default: '40 * * * * *',
    desc: 'When the close-days job runs, as cron with seconds',
  }),
  CLOSE_DAYS_AFTER_HOURS: num({
    default: 48,
    desc: 'Hours after a site’s midnight until the day that ended then is closed',
  }),
  RECOUNT_SCHEDULE: str({ default: '0 30 4 * * *', desc: 'When the recount job runs, as cron with seconds' }),
  RECOUNT_DAYS: num({ default: 3, desc: 'Days before today that the recount job counts again' }),
  PLAYERS_SCHEDULE: str({
    default: '*/10 * * * * *',
    desc: 'When the players job runs, as cron with seconds',
  }),
  DORMANT_AFTER_DAYS: num({
    default: 30,
    desc: 'Whole days (UTC) without an event after which a player is dormant',
  }),
  INTEGRITY_SCHEDULE: str({
    default: '20 * * * * *',
    desc: 'When the integrity job runs, as cron with seconds',
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
