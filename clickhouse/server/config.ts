/**
 * Settings of the embedded ClickHouse, read once from the environment. `variables` is also the list the configuration
 * reference is made from: name, default and description of each.
 */
import { resolve } from 'node:path'
import { num, port, str } from 'envalid'
import { clickhouseVariables } from '../config.ts'
import { readSettings, SettingsError } from '../settings.ts'
import { isLoopback } from './auth.ts'

/** The variables of the embedded ClickHouse. */
export const variables = {
  CLICKHOUSE_HOST: str({
    default: '127.0.0.1',
    desc: 'Address the embedded ClickHouse listens on; another than loopback needs a password',
  }),
  CLICKHOUSE_PORT: port({ default: 8123, desc: 'Port of the HTTP interface of the embedded ClickHouse' }),
  RTPX_DATA: str({
    default: '.data',
    desc: 'Directory of everything rtpx stores; ClickHouse keeps its files below it in clickhouse/',
  }),
  CLICKHOUSE_USER: str({
    default: 'default',
    desc: 'User that clients of the embedded ClickHouse connect as',
  }),
  CLICKHOUSE_PASSWORD: str({
    default: '',
    desc: 'Password of that user; empty: none, then only this machine is served',
  }),
  CLICKHOUSE_DATABASE: clickhouseVariables.CLICKHOUSE_DATABASE,
  CLICKHOUSE_MAX_MEMORY_MIB: num({
    default: 0,
    desc: 'Memory ClickHouse may use, in MiB; 0: half of what the machine has',
  }),
  CLICKHOUSE_MAX_QUERIES: num({
    default: 32,
    desc: 'Statements that run side by side; four times as many more may wait',
  }),
  CLICKHOUSE_LOG_LEVEL: str({
    choices: ['fatal', 'error', 'warning', 'information', 'debug', 'trace'],
    default: 'warning',
    desc: "Level of the engine's own log, clickhouse/server.log",
  }),
}

export interface ServerSettings {
  host: string
  /** 0: any free one. */
  port: number
  /** Absolute. */
  dataDirectory: string
  user: string
  password: string
  /** Where the tables of rtpx are: what personal logins read. */
  database: string
  /** 0: half of the machine's. */
  maxMemoryMib: number
  maxQueries: number
  logLevel: string
}

/** Reads the settings. @throws SettingsError with a line for each that is wrong */
export function readServerSettings(
  environment: Readonly<Record<string, string | undefined>>,
): ServerSettings {
  // envalid's port refuses 0, which means "any free one" to those who start a server for a test.
  const anyPort = environment.CLICKHOUSE_PORT === '0'
  const env = readSettings(anyPort ? { ...environment, CLICKHOUSE_PORT: undefined } : environment, variables)
  const settings = {
    host: env.CLICKHOUSE_HOST,
    port: anyPort ? 0 : env.CLICKHOUSE_PORT,
    dataDirectory: resolve(env.RTPX_DATA),
    user: env.CLICKHOUSE_USER,
    password: env.CLICKHOUSE_PASSWORD,
    database: env.CLICKHOUSE_DATABASE,
    maxMemoryMib: env.CLICKHOUSE_MAX_MEMORY_MIB,
    maxQueries: env.CLICKHOUSE_MAX_QUERIES,
    logLevel: env.CLICKHOUSE_LOG_LEVEL,
  }
  if (!settings.password && !isLoopback(settings.host))
    throw new SettingsError(
      `CLICKHOUSE_HOST: ${settings.host} can be reached from outside: set CLICKHOUSE_PASSWORD`,
    )
  const wrong = [
    ...(/^[A-Za-z_]\w{0,127}$/.test(settings.database) ? [] : ['CLICKHOUSE_DATABASE: a plain identifier']),
    ...(Number.isInteger(settings.maxMemoryMib) &&
    (settings.maxMemoryMib === 0 || settings.maxMemoryMib >= 256)
      ? []
      : ['CLICKHOUSE_MAX_MEMORY_MIB: a whole number of at least 256, or 0']),
    ...(Number.isInteger(settings.maxQueries) && settings.maxQueries >= 1 && settings.maxQueries <= 1024
      ? []
      : ['CLICKHOUSE_MAX_QUERIES: a whole number from 1 to 1024']),
  ]
  if (wrong.length > 0) throw new SettingsError(wrong.join('\n'))
  return settings
}
