/**
 * The body of a request that changes something. Only types that a page of another origin cannot send without asking first are taken, and
 * never more than its reader wants.
 */
import { isProblem, type Problem } from './problem.ts'

const refused = (status: number, code: string, detail: string): Problem => ({
  status,
  code,
  title: 'The body could not be read',
  detail,
})

const tooLarge = (max: number) => refused(413, 'body_too_large', `The body may have ${max} characters.`)

/** The body as text, of one of some types. @param max characters */
export async function textBody(
  request: Request,
  types: readonly string[],
  max: number,
): Promise<{ readonly type: string; readonly text: string } | Problem> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!types.includes(type))
    return refused(
      415,
      'unsupported_type',
      `The body is ${types.join(' or ')}, and its Content-Type says so.`,
    )
  if (Number(request.headers.get('content-length') ?? 0) > max * 4) return tooLarge(max)
  // The server itself stops reading where a body is longer than any may be.
  const text = await request.text().catch(() => null)
  return text === null || text.length > max ? tooLarge(max) : { type, text }
}

/** The value of a text of JSON. */
export function jsonIn(text: string): { readonly value: unknown } | Problem {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return refused(400, 'bad_json', 'The body is not JSON.')
  }
}

/** The JSON of a body. @param max characters */
export async function jsonBody(
  request: Request,
  max: number,
): Promise<{ readonly value: unknown } | Problem> {
  const body = await textBody(request, ['application/json'], max)
  return isProblem(body) ? body : jsonIn(body.text)
}

/** The fields of a body that is a JSON object. @param max characters */
export async function objectBody(
  request: Request,
  max: number,
): Promise<{ readonly fields: Readonly<Record<string, unknown>> } | Problem> {
  const body = await jsonBody(request, max)
  if (isProblem(body)) return body
  const { value } = body
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { fields: value as Record<string, unknown> }
    : refused(400, 'bad_json', 'The body is not a JSON object.')
}
