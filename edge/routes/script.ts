/**
 * `GET /rtpx.js` and `/rtpx.HASH.js`: the tracker that sites paste; `/rtpx-scroll.js` and its like: modules beside it.
 *
 * - `/rtpx.js` always is the script of this version: cached for a short time, then asked for again by its ETag.
 * - `/rtpx.HASH.js` never changes and is cached for ever. A hash this edge does not have (another version's, while edges
 *   are replaced) leads to `/rtpx.js`, so that a page that names it goes on counting.
 * - Any site may load it, also one that isolates itself (COEP) or checks its integrity (SRI).
 * - A script is made from its source at the first request, by `sdk/build.ts` in a process of its own.
 */
import { join } from 'node:path'
import { Elysia, NotFoundError } from 'elysia'

/** A program that writes a script to its standard output. */
const BUILD = join(import.meta.dir, '../../sdk/build.ts')

/** What can be loaded beside the tracker; each is a file of `sdk/modules/`. */
export const MODULES = ['outbound', 'hover', 'scroll', 'forms'] as const
type Module = (typeof MODULES)[number]

const NAMED = /\.([0-9a-f]{16})\.js$/

export interface Script {
  /** Of its bytes, as it stands in its name. */
  readonly hash: string
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
}

/** Builds the tracker, or a module. @throws when the program fails, with what it said */
export async function buildScript(module?: Module, program = BUILD): Promise<Script> {
  const command = [process.execPath, program, ...(module ? [module] : [])]
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, said] = await Promise.all([
    new Response(child.stdout).arrayBuffer(),
    new Response(child.stderr).text(),
  ])
  if ((await child.exited) !== 0 || out.byteLength === 0)
    throw new Error(`the tracker cannot be built: ${said}`)
  const plain = new Uint8Array(out)
  const hash = new Bun.CryptoHasher('sha256').update(plain).digest('hex').slice(0, 16)
  return { hash, plain, gzip: Bun.gzipSync(plain, { library: 'libdeflate', level: 12 }) }
}

/** @param build called once for each script, at the first request, and again only after it failed */
export function scriptRoutes(build: (module?: Module) => Promise<Script> = buildScript) {
  const routes = new Elysia()
  for (const module of [undefined, ...MODULES]) addScript(routes, module, () => build(module))
  return routes
}

function addScript(routes: Elysia, module: Module | undefined, build: () => Promise<Script>): void {
  const name = module ? `rtpx-${module}` : 'rtpx'
  let building: Promise<Script> | undefined
  const script = () => {
    building ??= build().catch((error) => {
      building = undefined
      throw error
    })
    return building
  }
  const stable = async ({ request }: { request: Request }) =>
    answer(await script(), request, 'public, max-age=600')
  const named = async ({ request }: { request: Request }) => {
    const [, hash] = NAMED.exec(new URL(request.url).pathname) ?? []
    if (hash === undefined) throw new NotFoundError()
    const current = await script()
    if (hash === current.hash) return answer(current, request, 'public, max-age=31536000, immutable')
    return new Response(null, {
      status: 302,
      headers: { ...SHARED, location: `${name}.js`, 'cache-control': 'no-store' },
    })
  }
  routes
    .get(`/${name}.js`, stable)
    .head(`/${name}.js`, stable)
    .get(`/${name}.:name`, named)
    .head(`/${name}.:name`, named)
}

/** Headers that let any site use what is answered (Fetch: CORS protocol, Cross-Origin-Resource-Policy). */
const SHARED = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }

/** The script, or 304 when the client has it. */
function answer({ hash, plain, gzip }: Script, request: Request, cacheControl: string): Response {
  const zipped = /\bgzip\b(?!\s*;\s*q=0(\.0*)?(\s*,|\s*$))/i.test(
    request.headers.get('accept-encoding') ?? '',
  )
  const headers = {
    ...SHARED,
    'cache-control': cacheControl,
    // Weak: the same script, zipped or not.
    etag: `W/"${hash}"`,
    vary: 'accept-encoding',
  }
  if (knows(request.headers.get('if-none-match'), hash)) return new Response(null, { status: 304, headers })
  return new Response(request.method === 'HEAD' ? null : zipped ? gzip : plain, {
    headers: {
      ...headers,
      'content-type': 'text/javascript; charset=utf-8',
      'x-content-type-options': 'nosniff',
      ...(zipped ? { 'content-encoding': 'gzip' } : undefined),
    },
  })
}

/** Whether an If-None-Match names the script (RFC 9110, 13.1.2: weak comparison). */
function knows(ifNoneMatch: string | null, hash: string): boolean {
  return (ifNoneMatch ?? '').split(',').some((tag) => ['*', `W/"${hash}"`, `"${hash}"`].includes(tag.trim()))
}
