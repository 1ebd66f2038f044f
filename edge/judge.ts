/** The judge of an edge, from its settings and the registered sites. */
import { installSecret } from '@rtpx/clickhouse/secret'
import { countryReader } from './clients/country.ts'
import { addressKeeper } from './clients/privacy.ts'
import { userAgentReader } from './clients/user-agent.ts'
import type { EdgeSettings } from './config.ts'
import type { Judge } from './intake/read-event.ts'
import type { Directory } from './sites/directory.ts'
import { dayOfSite } from './sites/local-day.ts'

/** @param sites the directory as it is now */
export async function buildJudge(
  settings: Pick<EdgeSettings, 'GEOIP_FILE' | 'ADDRESS_KEY' | 'RTPX_DATA'>,
  sites: () => Directory,
): Promise<Judge> {
  return {
    findSite: (key, domains) => sites().find(key, domains),
    dayOf: dayOfSite(),
    describe: userAgentReader(),
    countryOf: await countryReader(settings.GEOIP_FILE),
    keepAddress: addressKeeper(
      settings.ADDRESS_KEY || (await installSecret(settings.RTPX_DATA, 'address-key')),
    ),
    now: Date.now,
    newId: Bun.randomUUIDv7,
  }
}
