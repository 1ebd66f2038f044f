/**
 * Holds a request's parameters against its documented call: what the document does not name, names twice or cannot read is refused,
 * never passed over. Pages and the routes that only they ask are lenient; they have no documented call.
 */
import { FormatRegistry, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isDay } from '#lib/day.ts'
import { badParameter, type Problem } from '../problem.ts'
import type { Operation, Parameter } from './operation.ts'
import { OPERATIONS } from './operations.ts'

FormatRegistry.Set('date', isDay)

const byName = new Map(OPERATIONS.map((operation) => [`${operation.method} ${operation.path}`, operation]))

/** The documented call of a request. @param route as SvelteKit names it, such as `/api/players/[player_id]` */
export const operationOf = (method: string, route: string | null): Operation | undefined =>
  byName.get(`${method === 'HEAD' ? 'GET' : method} ${route?.replaceAll('[', '{').replaceAll(']', '}')}`)

/** What is wrong with the parameters of a call, if anything is. */
export function judgeQuery(
  { query = {}, patterned }: Operation,
  params: URLSearchParams,
): Problem | undefined {
  const free = patterned && new RegExp(patterned.pattern)
  for (const name of new Set(params.keys())) {
    const known = Object.hasOwn(query, name) ? query[name] : undefined
    if (!known && free?.test(name)) continue
    if (!known) return badParameter('unknown_parameter', name, takes(Object.keys(query)))
    const [text = '', ...more] = params.getAll(name)
    if (more.length > 0) return badParameter('repeated_parameter', name, `${name} may be given once`)
    // A form's empty day is none.
    if (text === '' && known.schema.format === 'date' && !known.required) continue
    if (!isReadable(known.schema, text)) return unreadable(name, known)
  }
  const missing = Object.entries(query).find(([name, { required }]) => required && !params.has(name))
  if (missing) return badParameter('missing_parameter', missing[0], `${missing[0]} is needed`)
  if (params.has('range') && (params.get('from') || params.get('to')))
    return badParameter('invalid_range', 'range', 'the days are asked by range, or by from and to')
  return undefined
}

/** What is wrong with the body of a call, if anything is: its first field that is unknown, missing or does not fit. */
export function judgeBody({ body }: Operation, value: unknown): Problem | undefined {
  // What is no object is told by its route, which reads it.
  if (!body || body.judged_by_route || typeof value !== 'object' || value === null || Array.isArray(value))
    return undefined
  const first = Value.Errors(body.schema, value).First()
  if (!first) return undefined
  const [, name = 'body'] = first.path.split('/')
  const known: Readonly<Record<string, TSchema>> = body.schema.properties ?? {}
  const { code = body.codes?.[name] } = body
  if (!Object.hasOwn(known, name))
    return badParameter('unknown_field', name, `the body has ${Object.keys(known).join(', ')}`)
  if (!Object.hasOwn(value, name)) return badParameter(code ?? 'missing_field', name, `${name} is needed`)
  const wanted = first.message.charAt(0).toLowerCase() + first.message.slice(1)
  return badParameter(code ?? `invalid_${name}`, name, `${name}: ${wanted}`)
}

const takes = (names: readonly string[]) =>
  names.length === 0 ? 'this call takes no parameters' : `this call takes ${names.join(', ')}`

function isReadable(schema: TSchema, text: string): boolean {
  if (text.includes('\0')) return false
  if (schema.format === 'date') return isDay(text)
  if (schema.type === 'integer') return /^-?\d{1,15}$/.test(text) && Value.Check(schema, Number(text))
  return Value.Check(schema, text)
}

const unreadable = (name: string, { schema, code, wanted }: Parameter): Problem =>
  badParameter(code ?? `invalid_${name}`, name, `${name} must be ${wanted ?? inWords(schema)}`)

function inWords(schema: TSchema): string {
  const { anyOf, format, type, minimum, maximum, maxLength } = schema
  if (anyOf) return `one of ${anyOf.map((one: { const: string }) => one.const).join(', ')}`
  if (format === 'date') return 'a day such as 2026-01-31'
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`
  return `a text of at most ${maxLength} characters`
}
