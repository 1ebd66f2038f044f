/** `GET /api/openapi.json` → the API as an OpenAPI 3.1 document. For everyone: it tells nothing of what is kept. */
import { openApiDocument } from '#lib/server/api/openapi.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = () =>
  Response.json(openApiDocument(), { headers: { 'cache-control': 'no-cache' } })
