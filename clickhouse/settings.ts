/** Re-exported for the parts that know only ClickHouse. */
export { readSettings, SettingsError } from '@rtpx/kafka/settings'
