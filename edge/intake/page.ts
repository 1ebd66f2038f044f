/** Which page an address names. */
import { Generations } from '../limits/generations.ts'
import { cut, HOST_NAME, hostName } from './values.ts'

export interface Page {
  /** Host name, lower case; absent for a bare path and for a host that has no name or too long a one. */
  readonly domain?: string
  /** Path with its query, without the fragment. */
  readonly path: string
}

const MAX_PATH = 2048

/** Pages of a site come again and again, and parsing an address costs as much as judging the rest. Long ones are as good as unique. */
const known = new Generations<string, Page>(4_096)
const MAX_KNOWN = 256

/** The page of an http(s) address or of a path beginning with `/`; undefined for anything else. */
export function pageOf(address: string): Page | undefined {
  if (address.length > MAX_KNOWN) return readPage(address)
  const seen = known.get(address)
  if (seen) return seen
  const page = readPage(address)
  if (page) known.set(address, page)
  return page
}

function readPage(address: string): Page | undefined {
  const path = cut(address, 4 * MAX_PATH)
  if (path.startsWith('/') && !path.startsWith('//'))
    return { path: cut(path.split('#', 1)[0] ?? path, MAX_PATH) }
  if (!/^https?:\/\//i.test(path)) return undefined
  const url = URL.parse(path)
  if (!url) return undefined
  const page = { path: cut(url.pathname + url.search, MAX_PATH) }
  const domain = hostName(url.hostname)
  return HOST_NAME.test(domain) ? { ...page, domain } : page
}
