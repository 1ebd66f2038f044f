/** The aggregator's settings, read once from the environment. */
import { clickhouseVariables } from '@rtpx/clickhouse/config'
import { edgeNodesVariables } from '@rtpx/clickhouse/health/config'
import { sealVariables } from '@rtpx/clickhouse/seal'
import { kafkaVariables, metricsVariables, networkList } from '@rtpx/clickhouse/settings'
import { Cron } from 'croner'
import { type CleanedEnv, makeValidator, num, port, str } from 'envalid'

/** Times of a job: cron with seconds, as croner reads it. */
const cron = makeValidator<string>((text) => {
  // Paused and without a function, it does nothing but read the pattern.
  new Cron(text, { paused: true }).stop()
  return text
})

/** A mail server, or none. */
const smtpUrl = makeValidator<string>((text) => {
  if (text !== '' && !/^smtps?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new Error('it is no mail server, as smtp://user:password@host:587')
  return text
})

/** An address of a dashboard, or none. */
const origin = makeValidator<string>((text) => {
  if (text !== '' && !/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new Error('it is no origin, as https://stats.brand.com')
  return text.replace(/\/$/, '')
})

const portList = makeValidator<number[]>((text) => {
  const ports = text.split(',').map((part) => (/^\s*\d{1,5}\s*$/.test(part) ? Number(part) : 0))
  if (ports.some((number) => number < 1 || number > 65_535)) throw new Error('ports such as 80,443')
  return ports
})

/** The settings of an aggregator, with their meaning and defaults. */
export const aggregatorVariables = {
  ...clickhouseVariables,
  ...metricsVariables,
  ...edgeNodesVariables,
  ...kafkaVariables,
  AGGREGATOR_HOST: str({ default: '127.0.0.1', desc: 'Address the aggregator listens on' }),
  AGGREGATOR_PORT: port({ default: 8788, desc: 'Port the aggregator listens on' }),
  HEALTH_SCHEDULE: cron({
    default: '*/5 * * * * *',
    desc: 'When the aggregator looks at the queue, the views, the disks and the parts for its metrics, as cron with seconds',
  }),
  CANARY_SCHEDULE: cron({
    default: '30 * * * * *',
    desc: 'When the canary job sends one event of rtpx’s own through each of EDGE_NODES, as cron with seconds',
  }),
  FACTS_SCHEDULE: cron({
    default: '*/2 * * * * *',
    desc: 'When the facts job runs, as cron with seconds',
  }),
  COUNT_DAYS_SCHEDULE: cron({
    default: '* * * * * *',
    desc: 'When the count-days job runs, as cron with seconds',
  }),
  CLOSE_DAYS_SCHEDULE: cron({
    default: '40 * * * * *',
    desc: 'When the close-days job runs, as cron with seconds',
  }),
  CLOSE_DAYS_AFTER_HOURS: num({
    default: 192,
    desc: 'Hours after a site’s midnight until the day that ended then is closed; browsers send for up to 168, and each late arrival has the whole day counted again',
  }),
  RECOUNT_SCHEDULE: cron({
    default: '0 30 4 * * *',
    desc: 'When the recount job runs, as cron with seconds',
  }),
  RECOUNT_DAYS: num({ default: 3, desc: 'Days before today that the recount job counts again' }),
  BROKEN_LINES_SCHEDULE: cron({
    default: '3-59/5 * * * * *',
    desc: 'When the broken-lines job runs, as cron with seconds',
  }),
  PLAYERS_SCHEDULE: cron({
    default: '*/10 * * * * *',
    desc: 'When the players job runs, as cron with seconds',
  }),
  PAGES_SCHEDULE: cron({
    default: '20 */5 * * * *',
    desc: 'When the pages job folds closed days of page analytics, as cron with seconds',
  }),
  RETENTION_SCHEDULE: cron({
    default: '50 23 * * * *',
    desc: 'When the retention job runs, as cron with seconds',
  }),
  RETENTION_EVENTS_DAYS: num({
    default: 400,
    desc: 'Days a site’s raw events are kept when it chose nothing, at least 8; 0 for ever',
  }),
  RETENTION_PAGE_MINUTES_HOURS: num({
    default: 24,
    desc: 'Hours that page views are kept one by one for page_minutes; today’s are, whatever is chosen',
  }),
  RETENTION_PAGE_HOURS_DAYS: num({ default: 30, desc: 'Days that page_hours is kept; 0 for ever' }),
  RETENTION_SESSIONS_DAYS: num({
    default: 400,
    desc: 'Days that sessions are kept, and how far back filters of page analytics reach; 0 for ever',
  }),
  RETENTION_REJECTED_DAYS: num({
    default: 90,
    desc: 'Days that rejected events are kept; they are gone after 90 in any case',
  }),
  DORMANT_AFTER_DAYS: num({
    default: 30,
    desc: 'Whole days (UTC) without an event after which a player is dormant',
  }),
  ERASURES_SCHEDULE: cron({
    default: '8-59/10 * * * * *',
    desc: 'When the erasures job carries out what was asked for, as cron with seconds',
  }),
  INTEGRITY_SCHEDULE: cron({
    default: '20 * * * * *',
    desc: 'When the integrity job runs, as cron with seconds',
  }),
  DEPOSITS_SCHEDULE: cron({
    default: '5-59/10 * * * * *',
    desc: 'When the deposits job runs, as cron with seconds',
  }),
  ANOMALIES_SCHEDULE: cron({
    default: '15 * * * * *',
    desc: 'When the anomalies job runs, as cron with seconds',
  }),
  ...sealVariables,
  RTPX_DATA: str({ default: '.data', desc: 'Folder for everything rtpx keeps on this machine' }),
  ALERTS_SCHEDULE: cron({
    default: '17 * * * * *',
    desc: 'When the alerts job runs, as cron with seconds; an instant is judged 15 seconds after it',
  }),
  DELIVERIES_SCHEDULE: cron({
    default: '*/5 * * * * *',
    desc: 'When the deliveries job runs, as cron with seconds',
  }),
  REPORTS_SCHEDULE: cron({
    default: '30 * * * * *',
    desc: 'When the reports job looks which weekly reports are due, as cron with seconds',
  }),
  SMTP_URL: smtpUrl({
    default: '',
    desc: 'Mail server, as smtp://user:password@host:587; empty: no e-mail is sent',
  }),
  MAIL_FROM: str({ default: 'rtpx <rtpx@localhost>', desc: 'Sender of mails' }),
  ORIGIN: origin({
    default: '',
    desc: 'Public address of the dashboard, as people type it; messages link to it',
  }),
  WEBHOOK_NETWORKS: networkList({
    default: [],
    desc: 'Networks that webhooks may lead to though they are not public, on any port, comma-separated; empty: none',
  }),
  WEBHOOK_PORTS: portList({
    default: [80, 443, 8443],
    desc: 'Ports that webhooks may lead to, comma-separated',
  }),
}

export type AggregatorSettings = CleanedEnv<typeof aggregatorVariables>
