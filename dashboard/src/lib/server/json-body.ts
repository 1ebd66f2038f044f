/** The JSON object a request carries. A page of elsewhere cannot send one: its browser would ask first, and is not let. */

/** What is no JSON object, or not said to be one, is an empty one: every field of it is missing. */
export async function jsonBody(request: Request): Promise<Readonly<Record<string, unknown>>> {
  if (!request.headers.get('content-type')?.startsWith('application/json')) return {}
  const body: unknown = await request.json().catch(() => undefined)
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as Record<string, unknown>)
    : {}
}
