/** The OpenAPI 3.1 document of the API (OpenAPI Specification 3.1.0), made of the operations. */
import type { Operation, Parameter } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { Problem } from './schemas.ts'

/** Problems that every call may answer. */
const EVERYWHERE: Readonly<Record<number, string>> = {
  400: 'A parameter or the body cannot be understood',
  401: 'No valid key or session',
  403: 'The caller may not',
  404: 'There is no such thing, or it is not the caller’s',
  429: 'The key has asked too often; Retry-After says when to ask again',
  503: 'The database does not answer; Retry-After says when to ask again',
}

export const ABOUT =
  'A key of Settings → Keys, or the session of who is signed in. Answers carry an ETag; who sends it back as If-None-Match gets 304 when nothing changed. Lists are cut by limit; what they call next is given as after. Parameters that are not listed are refused. Events are sent to the edge, not here.'

export function openApiDocument(): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of OPERATIONS) {
    const known = paths[operation.path] ?? {}
    known[operation.method.toLowerCase()] = described(operation)
    paths[operation.path] = known
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'rtpx',
      version: '1',
      summary: 'Numbers, campaigns, players and their quality, of the caller’s sites',
      description: ABOUT,
      license: { name: 'as the install’s', identifier: 'LicenseRef-install' },
    },
    // Where the document is.
    servers: [{ url: '/' }],
    security: [{ key: [] }, { session: [] }],
    tags: [...new Set(OPERATIONS.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'rtpx_…' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'rtpx.session_token',
          description: 'Behind TLS it is __Host-rtpx.session_token',
        },
      },
      schemas: { Problem: plain(Problem) },
      responses: Object.fromEntries(
        Object.entries(EVERYWHERE).map(([status, description]) => [
          `Problem${status}`,
          {
            description,
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        ]),
      ),
    },
  }
}

function described(operation: Operation): object {
  const { method, path, tag, summary, permission, path_parameters = {}, query = {}, body, answer } = operation
  const { patterned } = operation
  const { problems = {} } = operation
  const parameters = [
    ...Object.entries(path_parameters).map((one) => parameter('path', one)),
    ...Object.entries(query).map((one) => parameter('query', one)),
    ...(patterned ? [freeParameters(patterned)] : []),
  ]
  const codes = Object.entries(problems).map(([status, list]) => `${status}: ${list.join(', ')}`)
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^a-zA-Z]+(.)?/g, (_, next = '') => next.toUpperCase())}`,
    tags: [tag],
    summary,
    description: `Needs the permission \`${permission}\`.${codes.length > 0 ? ` Codes: ${codes.join('; ')}.` : ''}`,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: plain(body.schema), example: body.example } },
      },
    }),
    responses: {
      [answer.status]: {
        description: answer.status === 204 ? 'Done' : 'The answer',
        ...(answer.schema && { content: { 'application/json': { schema: plain(answer.schema) } } }),
      },
      ...Object.fromEntries(
        Object.keys(EVERYWHERE).map((status) => [
          status,
          { $ref: `#/components/responses/Problem${status}` },
        ]),
      ),
    },
  }
}

const parameter = (
  place: 'path' | 'query',
  [name, { about, schema, required, example }]: [string, Parameter],
) => ({
  name,
  in: place,
  description: about,
  required: place === 'path' || required === true,
  schema: plain(schema),
  ...(example !== undefined && { example }),
})

/** Parameters without fixed names are one object whose fields they are (style `form`, exploded). */
const freeParameters = ({ name, pattern, about }: NonNullable<Operation['patterned']>) => ({
  name,
  in: 'query',
  description: about,
  required: false,
  style: 'form',
  explode: true,
  schema: {
    type: 'object',
    patternProperties: { [pattern]: { type: 'array', items: { type: 'string' } } },
    additionalProperties: false,
  },
})

/** Without TypeBox's own symbols. */
const plain = (schema: object): object => JSON.parse(JSON.stringify(schema))
