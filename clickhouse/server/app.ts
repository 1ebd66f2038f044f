/** The addresses of ClickHouse's HTTP interface (`HTTPHandlerFactory.cpp`): what is a query, and what is answered at once. */
import { type App, answerQuery } from './query-handler.ts'

const text = (body: string, status = 200, type = 'text/html; charset=UTF-8') =>
  new Response(body, { status, headers: { 'Content-Type': type } })

const HINTS = ['/ping', '/replicas_status', '/query']

function notFound(url: URL): Response {
  const hint = HINTS.find((path) => path.slice(1, 4) === url.pathname.slice(1, 4))
  const maybe = hint ? `. Maybe you meant ${hint}.` : ''
  return text(
    `There is no handle ${url.pathname}${url.search}${maybe}

Use / or /ping for health checks.
Or /replicas_status for more sophisticated health checks.

Send queries from your program with POST method or GET /?query=...

Use clickhouse-client:

For interactive data analysis:
    clickhouse-client

For batch query processing:
    clickhouse-client --query='SELECT 1' > result
    clickhouse-client < query > result
`,
    404,
    'text/plain; charset=UTF-8',
  )
}

/** Answers one request. `hangUp` closes the connection of one soon. */
export async function answer(
  app: App,
  request: Request,
  hangUp: (request: Request) => void,
): Promise<Response> {
  const url = new URL(request.url)
  const { method } = request
  const reads = method === 'GET' || method === 'HEAD'
  if (reads && (url.pathname === '/ping' || (url.pathname === '/' && !url.search))) return text('Ok.\n')
  if (reads && url.pathname === '/replicas_status') return text('Ok.\n', 200, 'text/plain; charset=UTF-8')
  const isQuery = url.pathname === '/' || (url.pathname === '/query' && url.search !== '')
  if (!isQuery || !(reads || method === 'POST' || method === 'OPTIONS')) return notFound(url)
  return method === 'OPTIONS' ? new Response(null, { status: 204 }) : answerQuery(app, request, url, hangUp)
}
