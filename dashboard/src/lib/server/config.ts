/** The dashboard's settings, read once from the environment; every bad one is named before the process gives up. */
import { clickhouseVariables } from '@rtpx/clickhouse/config'
import { edgeNodesVariables } from '@rtpx/clickhouse/health/config'
import { sealVariables } from '@rtpx/clickhouse/seal'
import { kafkaVariables, metricsVariables, readSettings, SettingsError } from '@rtpx/clickhouse/settings'
import { makeValidator, str, url } from 'envalid'

/** An address, or none. */
const optionalUrl = makeValidator<string>((text) => {
  if (text !== '' && !URL.canParse(text)) throw new Error(`"${text}" is no address`)
  return text
})

const origin = makeValidator<string>((text) => {
  if (text !== '' && URL.parse(text)?.origin !== text.replace(/\/$/, ''))
    throw new Error('it is no origin, as https://stats.brand.com')
  return text.replace(/\/$/, '')
})

const smtpUrl = makeValidator<string>((text) => {
  if (text !== '' && !/^smtps?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new Error('it is no mail server, as smtp://user:password@host:587')
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
  ...sealVariables,
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
  SQL_URL: optionalUrl({
    default: '',
    desc: "Address at which people's own SQL tools reach ClickHouse, as the dashboard tells them; empty: CLICKHOUSE_URL",
  }),
  EDGE_URL: url({
    default: 'http://127.0.0.1:8787',
    desc: 'Public address of the edge, as pixels name it',
  }),
  ORIGIN: origin({
    default: '',
    desc: 'Public address of the dashboard, as people type it; with https, cookies are bound to TLS. `up` sets its own',
  }),
  SIGN_UP: str({
    default: 'invitation',
    choices: ['invitation', 'open'],
    desc: 'Who gets an account after the owner: the invited, or everyone (with an organization of their own)',
  }),
  AUTH_SECRET: str({
    default: '',
    desc: 'Secret that sessions are signed with, the same on every dashboard; empty: one is made and kept in RTPX_DATA',
  }),
  GOOGLE_CLIENT_ID: str({ default: '', desc: 'Sign-in with Google: the client' }),
  GOOGLE_CLIENT_SECRET: str({ default: '', desc: 'Sign-in with Google: its secret' }),
  GITHUB_CLIENT_ID: str({ default: '', desc: 'Sign-in with GitHub: the client' }),
  GITHUB_CLIENT_SECRET: str({ default: '', desc: 'Sign-in with GitHub: its secret' }),
  OIDC_ISSUER: optionalUrl({
    default: '',
    desc: 'Sign-in with an OpenID Connect provider: its address, below which is /.well-known/openid-configuration',
  }),
  OIDC_CLIENT_ID: str({ default: '', desc: 'Sign-in with OpenID Connect: the client' }),
  OIDC_CLIENT_SECRET: str({ default: '', desc: 'Sign-in with OpenID Connect: its secret' }),
  OIDC_NAME: str({ default: 'single sign-on', desc: 'What the button of the OpenID Connect provider says' }),
  SMTP_URL: smtpUrl({
    default: '',
    desc: 'Mail server, as smtp://user:password@host:587; empty: links are written to the log instead',
  }),
  MAIL_FROM: str({ default: 'rtpx <rtpx@localhost>', desc: 'Sender of mails' }),
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
export function readConfig(environment: Readonly<Record<string, string | undefined>>) {
  const config = readSettings(environment, dashboardVariables)
  const missing = TOGETHER.filter(([first, ...rest]) => config[first] && rest.some((name) => !config[name]))
  if (missing.length > 0)
    throw new SettingsError(
      missing.map(([first, ...rest]) => `${first}: it needs ${rest.join(' and ')} beside it`).join('\n'),
    )
  return config
}

/** Settings that do nothing without others. */
const TOGETHER = [
  ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
  ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
  ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'],
  // A link in a mail must lead here, whatever Host a request names.
  ['SMTP_URL', 'ORIGIN'],
] as const

export type Config = ReturnType<typeof readConfig>
