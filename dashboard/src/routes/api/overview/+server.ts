/**
 * `GET /api/overview?range=|from=&to=&site=&banner=` → the overview page's data as JSON. The open page repeats it; the
 * answer is composed once per moment for all watchers, and 304 when nothing changed.
 */
import { createHash } from 'node:crypto'
import { getServices } from '#lib/server/clickhouse.ts'
import { readOverview } from '#lib/server/overview.ts'
import { OPEN_MS } from '#lib/server/periods.ts'
import { troubleResponse } from '#lib/server/respond.ts'

const PARAMETERS = ['range', 'from', 'to', 'site', 'banner']

export async function GET({ url, request }: { url: URL; request: Request }): Promise<Response> {
  const services = getServices()
  const question = PARAMETERS.map((name) => url.searchParams.get(name))
  try {
    const { body, etag } = await services.share(
      `overview ${JSON.stringify(question)}`,
      OPEN_MS / 2,
      async () => {
        const overview = await readOverview(services, (name) => url.searchParams.get(name), Date.now())
        const body = JSON.stringify(overview)
        return { body, etag: `"${createHash('sha1').update(body).digest('base64url')}"` }
      },
    )
    const headers = { etag, 'cache-control': 'private, no-cache' }
    if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers })
    return new Response(body, { headers: { ...headers, 'content-type': 'application/json' } })
  } catch (error) {
    return troubleResponse(error)
  }
}
