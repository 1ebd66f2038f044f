/** The country of an address, from a MaxMind DB file (GeoLite2-Country or the like) when the owner has one. */
import { type CountryResponse, open } from 'maxmind'

/** @param file path of the `.mmdb`; empty when there is none. @throws when the file is there but can't be read */
export async function countryReader(file: string): Promise<(address: string) => string | undefined> {
  if (file === '') return () => undefined
  const reader = await open<CountryResponse>(file, { cache: { max: 10_000 }, watchForUpdates: true })
  return (address) => reader.get(address)?.country?.iso_code
}
