import { expect, test } from 'bun:test'
import { SettingsError } from '@rtpx/clickhouse/settings'
import { readConfig } from './config.ts'

test('an empty environment has every default, a bad one names every mistake at once', () => {
  expect(readConfig({})).toMatchObject({
    CLICKHOUSE_URL: 'http://127.0.0.1:8123',
    CLICKHOUSE_DATABASE: 'rtpx',
    EDGE_URL: 'http://127.0.0.1:8787',
  })
  const bad = () => readConfig({ CLICKHOUSE_URL: 'nowhere', EDGE_URL: 'x y', DATABASE_URL: 'http://db' })
  expect(bad).toThrow(SettingsError)
  expect(bad).toThrow(/CLICKHOUSE_URL: [\s\S]*DATABASE_URL: [\s\S]*EDGE_URL: /)
})
