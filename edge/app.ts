/** The edge's routes. Each only translates: request in, one named function, response out. */
import { Elysia } from 'elysia'
import { Registry } from 'prom-client'
import type { Edge } from './edge.ts'
import { PIXELS } from './intake/pixels.ts'
import { peerOf } from './peer.ts'
import { NO_STORE, problem } from './problem.ts'
import { answerCanary } from './routes/canary.ts'
import { answerCheck } from './routes/check.ts'
import { answerEvents, EVENTS_PATH } from './routes/events.ts'
import { answerJudge } from './routes/judge.ts'
import { answerPixel, answerPixelHead } from './routes/pixel.ts'
import { scriptRoutes } from './routes/script.ts'

export function edgeApp(edge: Edge) {
  // First, because a hook covers only the routes after it.
  const app = new Elysia({ normalize: false }).onError(({ code, error }) => {
    if (code === 'NOT_FOUND') return notFound()
    edge.onFailure(error)
    const detail = 'the failure was logged'
    return problem(500, 'The edge failed', { code: 'internal_error', field: '', detail })
  })
  for (const [path, { type }] of PIXELS) {
    app.get(path, ({ request }) => answerPixel(edge, request, peerOf(request), type))
    app.head(path, answerPixelHead)
  }
  return app
    .post(EVENTS_PATH, ({ request }) => answerEvents(edge, request, peerOf(request)), { parse: 'none' })
    .use(scriptRoutes())
    .options('/*', answerPreflight)
    .get('/health', () => readiness(edge))
    .get('/health/ready', () => readiness(edge))
    .get('/health/live', () => Response.json({ status: 'ok' }, { headers: NO_STORE }))
    .get('/metrics', ({ request }) => answerMetrics(edge, request, peerOf(request)))
    .post('/canary', ({ request }) =>
      isInside(edge, request, peerOf(request)) ? answerCanary(edge, request) : notFound(),
    )
    .get('/check', ({ request }) =>
      isInside(edge, request, peerOf(request)) ? answerCheck(edge.judge, request) : notFound(),
    )
    .post('/judge', ({ request }) =>
      isInside(edge, request, peerOf(request)) ? answerJudge(edge.judge, request) : notFound(),
    )
}

function notFound(): Response {
  return problem(404, 'Nothing is here', { code: 'not_found', field: '', detail: 'no such path or method' })
}

/** Whether a request comes from where the metrics may be read. */
function isInside(edge: Edge, request: Request, socket: string | undefined): boolean {
  return edge.mayReadMetrics(edge.addressOf(socket, request.headers))
}

/** The metrics, for those who may read them; for others there is nothing here. */
async function answerMetrics(edge: Edge, request: Request, socket: string | undefined): Promise<Response> {
  if (!isInside(edge, request, socket)) return notFound()
  return new Response(await edge.metrics(), { headers: { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE } })
}

/** CORS for scripts on any site; never with credentials (Fetch standard, CORS protocol). */
function answerPreflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...NO_STORE,
      'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
      'access-control-allow-headers': 'content-type, content-encoding',
      'access-control-max-age': '86400',
    },
  })
}

/** Ready while the queue or the spool would take a batch. */
function readiness(edge: Edge): Response {
  return edge.isReady()
    ? Response.json({ status: 'ok' }, { headers: NO_STORE })
    : problem(503, 'No event can be taken', {
        code: 'not_ready',
        field: '',
        detail: 'neither queue nor spool answers',
      })
}
