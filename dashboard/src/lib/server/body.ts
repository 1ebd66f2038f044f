/**
 * The body of a request that changes something. Only types that a page of another origin cannot send without asking first are taken, and
 * never more than its reader wants. A body is read and parsed once, however many ask: the judge of the documented call, then its route.
 */
import { isProblem, type Problem } from './problem.ts'

const refused = (status: number, code: string, detail: string): Problem => ({
  status,
  code,
  title: 'The body could not be read',
  detail,
})

const tooLarge = (max: number) => refused(413, 'body_too_large', `The body may have ${max} characters.`)

const texts = new WeakMap<Request, Promise<string | null>>()
const parsed = new WeakMap<Request, { readonly value: unknown } | Problem>()

/** All of a body; null where it is longer than the server itself reads of any. */
function textOf(request: Request): Promise<string | null> {
  const known = texts.get(request)
  if (known) return known
  const text = request.text().catch(() => null)
  texts.set(request, text)
  return text
}

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
  const text = await textOf(request)
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
  if (isProblem(body)) return body
  const json = parsed.get(request) ?? jsonIn(body.text)
  parsed.set(request, json)
  return json
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

/** The body cannot be read; the problem says why. */
export class Unreadable extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
  }
}

/** Characters of most bodies: a statement with its values, a segment. */
const MAX_BODY = 1_000_000

/** The fields of a request's body. @throws Unreadable */
export async function fieldsIn(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const body = await objectBody(request, MAX_BODY)
  if (isProblem(body)) throw new Unreadable(body)
  return body.fields
}
