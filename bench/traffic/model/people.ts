/** Who plays: country, address, device and browser. Addresses are of networks that serve homes in that country. */
import type { Random, Weighted } from '../random.ts'
import type { Banner } from './banners.ts'

export interface Person {
  readonly country: string
  readonly currency: 'EUR' | 'GBP' | 'USD'
  /** Hours ahead of UTC. */
  readonly offsetHours: number
  readonly source_ip: string
  readonly user_agent: string
  readonly viewport: readonly [width: number, height: number]
}

interface Country {
  readonly code: string
  readonly currency: Person['currency']
  readonly offsetHours: number
  /** First two bytes of addresses: from, and how many. */
  readonly network: readonly [first: number, second: number, count: number]
}

const COUNTRIES: readonly [Weighted<Country>, ...Weighted<Country>[]] = [
  [{ code: 'DE', currency: 'EUR', offsetHours: 1, network: [84, 128, 64] }, 26],
  [{ code: 'GB', currency: 'GBP', offsetHours: 0, network: [86, 128, 32] }, 22],
  [{ code: 'US', currency: 'USD', offsetHours: -5, network: [73, 0, 256] }, 12],
  [{ code: 'FR', currency: 'EUR', offsetHours: 1, network: [90, 0, 128] }, 9],
  [{ code: 'ES', currency: 'EUR', offsetHours: 1, network: [83, 32, 32] }, 8],
  [{ code: 'IT', currency: 'EUR', offsetHours: 1, network: [79, 0, 64] }, 8],
  [{ code: 'NL', currency: 'EUR', offsetHours: 1, network: [84, 24, 8] }, 6],
  [{ code: 'FI', currency: 'EUR', offsetHours: 2, network: [91, 152, 8] }, 5],
  [{ code: 'IE', currency: 'EUR', offsetHours: 0, network: [86, 40, 8] }, 4],
]

const DESKTOPS: readonly [Weighted<string>, ...Weighted<string>[]] = [
  [windows('AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'), 52],
  [windows('AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0'), 16],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0', 10],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
    15,
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0', 4],
]
const PHONES: readonly [Weighted<string>, ...Weighted<string>[]] = [
  [iphone('Version/26.0 Mobile/15E148 Safari/604.1'), 42],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
    45,
  ],
  [
    'Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    10,
  ],
  [iphone('CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1'), 5],
]
type Viewport = Person['viewport']

const DESKTOP_VIEWS: readonly [Viewport, ...Viewport[]] = [
  [1920, 953],
  [1536, 730],
  [1440, 789],
  [1366, 641],
  [2560, 1271],
]
const PHONE_VIEWS: readonly [Viewport, ...Viewport[]] = [
  [390, 664],
  [412, 785],
  [360, 668],
  [430, 739],
]

export const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

export function personOf(random: Random, banner: Banner): Person {
  const { code, currency, offsetHours, network } = random.weighted(COUNTRIES)
  const [first, second, count] = network
  const host = `${random.index(256)}.${1 + random.index(254)}`
  const isMobile = random.chance(banner.mobile)
  return {
    country: code,
    currency,
    offsetHours,
    source_ip: `${first}.${second + random.index(count)}.${host}`,
    user_agent: random.weighted(isMobile ? PHONES : DESKTOPS),
    viewport: isMobile ? random.pick(PHONE_VIEWS) : random.pick(DESKTOP_VIEWS),
  }
}

function windows(rest: string): string {
  return `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${rest}`
}

function iphone(rest: string): string {
  return `Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ${rest}`
}
