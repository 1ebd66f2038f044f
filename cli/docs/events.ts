/** docs/fields.md: what can be sent, from the contract and the edge's codes. */
import { HTTP_REFUSAL_CODES } from '@rtpx/edge/http/refusal'
import { REFUSAL_CODES } from '@rtpx/edge/intake/refusal'
import { BUILT_IN_TYPES, columnOf, EDGE_FIELDS, EVENT_FIELDS, type EventField } from '@rtpx/kafka/event'
import { code, markdownTable } from './table.ts'

const SERVER_SET: readonly EventField[] = ['source_ip', 'user_agent']

/** The page's text. */
export function fieldsPage(): string {
  const fields = EVENT_FIELDS.map((field) => {
    const { clickhouse, description, aliases, bodyAliases } = columnOf(field)
    return [
      code(field),
      aliases.map(code).join(', '),
      bodyAliases.map(code).join(', '),
      setBy(field),
      code(clickhouse),
      description,
    ]
  })
  const types = Object.entries(BUILT_IN_TYPES).map(([type, needs]) => [
    code(type),
    needs.map(code).join(', '),
  ])
  const codes = Object.entries(REFUSAL_CODES).map(([name, meaning]) => [code(name), meaning])
  const requestCodes = Object.entries(HTTP_REFUSAL_CODES).map(([name, meaning]) => [code(name), meaning])
  return `# Fields, types and codes

Written by \`bun run docs\` from the event contract, \`kafka/event.ts\`. A field's name is its column's name in ClickHouse.

## Fields

${markdownTable(['field', 'also in a query or body', 'also in a body', 'set by', 'column', 'meaning'], fields)}

Whatever else is sent lands in \`metadata\`.

## Event types

${markdownTable(['type', 'needs'], types)}

Any other name of lower-case letters, digits and \`_\` (at most 64, beginning with a letter) is a type of the site's own and needs nothing.

## Codes of refused events

${markdownTable(['code', 'meaning'], codes)}

## Codes of refused requests

What is refused before it is read as events: the connection ends with the answer.

${markdownTable(['code', 'meaning'], requestCodes)}
`
}

function setBy(field: EventField): string {
  if (SERVER_SET.includes(field)) return 'edge, or a server with a key'
  return EDGE_FIELDS.some((own) => own === field) ? 'edge' : 'client'
}
