/** The dashboard's settings, read once from the environment; every bad one is named before the process gives up. */
import { clickhouseVariables } from '@rtpx/clickhouse/config'
import { edgeNodesVariables } from '@rtpx/clickhouse/health/config'
import { kafkaVariables, metricsVariables, readSettings } from '@rtpx/clickhouse/settings'
import { makeValidator, str, url } from 'envalid'

/** An address, or none. */
const optionalUrl = makeValidator<string>((text) => {
  if (text !== '' && !URL.canParse(text)) throw new Error(`"${text}" is no address`)
  return text
})

const postgresUrl = makeValidator<string>((text) => {
  if (text !== '' && !/^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new Error('it is no address of a Postgres, as postgres://user:password@host:5432/database')
  return text
})

const count = makeValidator<number>((text) => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error('must be a whole number from 1')
  return value
})

/** The variables of the dashboard; where it listens (`HOST`, `PORT`) is adapter-node's. */
export const dashboardVariables = {
  ...clickhouseVariables,
  ...metricsVariables,
  ...edgeNodesVariables,
  ...kafkaVariables,
  RTPX_DATA: str({ default: '.data', desc: 'Folder for everything rtpx keeps on this machine' }),
  APP_DATABASE: str({
    default: '',
    desc: 'File (SQLite) of accounts, teams and what people save; empty: dashboard/app.db in RTPX_DATA',
  }),
  DATABASE_URL: postgresUrl({
    default: '',
    desc: 'Address of a Postgres for accounts, teams and what people save; empty: APP_DATABASE',
  }),
  EDGE_URL: url({
    default: 'http://127.0.0.1:8787',
    desc: 'Public address of the edge, as pixels name it',
  }),
  EDGE_INTERNAL_URL: optionalUrl({
    default: '',
    desc: 'Address at which the dashboard itself asks an edge what it makes of a pixel; empty: EDGE_URL',
  }),
  LIVE_CONNECTIONS: count({ default: 20_000, desc: 'WebSockets at /live open at the same time' }),
  LIVE_CONNECTIONS_PER_CALLER: count({ default: 200, desc: 'Of these, of one user or key' }),
  LIVE_QUESTIONS_PER_CALLER: count({
    default: 32,
    desc: 'Different questions that one user or key may watch at the same time',
  }),
}

/** The settings of an environment. @throws SettingsError that names every setting that is wrong */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>) =>
  readSettings(environment, dashboardVariables)

export type Config = ReturnType<typeof readConfig>
