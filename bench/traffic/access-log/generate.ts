/** Access logs for tests and trials: believable requests, and now and then what real servers write too. */
import { randomOf } from '../random.ts'

export interface GenerateOptions {
  readonly seed: number
  readonly lines: number
  /** Time of the first request, milliseconds since 1970. */
  readonly from: number
  /** Share of lines that hold no request. */
  readonly unreadable: number
}

const PAGES = ['/', '/index.html', '/blog/', '/blog/post?id=7', '/a%20b', '/ü', '/search?q="x"', '*'] as const
const REFERRERS = ['-', '-', 'https://www.google.com/', 'https://shop.example/offer?a=1&b=2'] as const
const AGENTS = [
  '-',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'odd \\"agent\\" \\\\ \\x41',
] as const
const PROTOCOLS = [' HTTP/1.0', ' HTTP/1.1', ' HTTP/2.0'] as const
const UNREADABLE = ['\u0016\u0003\u0001 binary', '10.0.0.1 - - [', '1.2.3.4 - - "GET /" 200', ''] as const

/** Lines without their line ends; the same options give the same lines. */
export function* generateLog({ seed, lines, from, unreadable }: GenerateOptions): Generator<string> {
  const random = randomOf('access-log', seed)
  let time = from
  for (let line = 0; line < lines; line += 1) {
    time += random.exponential(3_000)
    if (random.chance(unreadable)) {
      yield random.pick(UNREADABLE)
      continue
    }
    const address = random.chance(0.1) ? `2001:db8::${1 + random.index(200)}` : `10.0.0.${random.index(256)}`
    const target = random.chance(0.5) ? random.pick(PAGES) : `/page/${random.index(50)}`
    const method = random.chance(0.95) ? 'GET' : 'POST'
    const request = `${method} ${target.replaceAll('"', '\\"')}${random.pick(PROTOCOLS)}`
    const bytes = random.chance(0.1) ? '-' : random.index(50_000)
    const rest = `"${random.pick(REFERRERS)}" "${random.pick(AGENTS)}"`
    yield `${address} - - [${stamp(time)}] "${request}" 200 ${bytes} ${rest}`
  }
}

/** `17/May/2015:10:05:03 +0000` */
function stamp(ms: number): string {
  const [, day, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}
