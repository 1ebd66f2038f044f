/** Re-exported for the parts that know only ClickHouse. */

export { kafkaVariables } from '@rtpx/kafka/config'
export { isIn, metricsVariables, networkList, networks } from '@rtpx/kafka/networks'
export { readSettings, SettingsError } from '@rtpx/kafka/settings'
