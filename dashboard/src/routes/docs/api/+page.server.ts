/** The API for people: every documented call, which can be tried with the session or a key. */
import { getAccounts } from '#lib/server/accounts/index.ts'
import { ABOUT } from '#lib/server/api/openapi.ts'
import { OPERATIONS } from '#lib/server/api/operations.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = ({ request, locals }) => ({
  // Without ORIGIN nothing says whether TLS stands before: then it is as people type it on their own machine.
  origin: getAccounts().config.ORIGIN || `http://${request.headers.get('host') ?? 'localhost'}`,
  is_signed_in: locals.caller !== null,
  about: ABOUT,
  operations: OPERATIONS.map(
    ({ method, path, tag, summary, permission, path_parameters, query, patterned, body, problems }) => ({
      method,
      path,
      tag,
      summary,
      permission,
      parameters: [
        ...Object.entries(path_parameters ?? {}).map((one) => shown(one, 'path' as const)),
        ...Object.entries(query ?? {}).map((one) => shown(one, 'query' as const)),
      ],
      more: patterned?.about ?? null,
      body: body ? JSON.stringify(body.example, null, 2) : null,
      codes: Object.entries(problems ?? {}).flatMap(([status, codes]) =>
        codes.map((code) => `${status} ${code}`),
      ),
    }),
  ),
})

type Asked = NonNullable<(typeof OPERATIONS)[number]['query']>

const shown = (
  [name, { about, schema, required, example }]: [string, Asked[string]],
  place: 'path' | 'query',
) => ({
  name,
  place,
  about: schema.anyOf ? `${about}: ${namesOf(schema)}` : about,
  required: place === 'path' || required === true,
  example: example ?? '',
})

const namesOf = ({ anyOf }: Asked[string]['schema']) =>
  (anyOf as { readonly const: string }[]).map((one) => one.const).join(', ')
