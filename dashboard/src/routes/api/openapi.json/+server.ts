/** `GET /api/openapi.json` → the API as an OpenAPI 3.1 document. For everyone: it tells nothing of what is kept. */
import { openApiDocument } from '#lib/server/api/openapi.ts'
import { jsonResponse } from '#lib/server/respond.ts'
import type { RequestHandler } from './$types'

const document = openApiDocument()

export const GET: RequestHandler = ({ request }) =>
  jsonResponse(request, document, { 'cache-control': 'no-cache' })
