/** Documented calls that change alerts. Their bodies are held against the same schemas by `fieldsOf` and `checkRule`, which say 422. */
import { DEFINITIONS, RuleInput } from '@rtpx/clickhouse/alerts/rule'
import { Type } from '@sinclair/typebox'
import type { Operation } from './operation.ts'
import { needed, site } from './parameters.ts'
import { Text } from './schemas.ts'

const ID = '00000000-0000-4000-8000-000000000000'
const Id = Type.String({ format: 'uuid' })
const definition = {
  kind: 'silence',
  filter: {},
  minutes: 30,
  least: 0,
  for_minutes: 0,
  recover_minutes: 0,
}
const rule = { name: 'Nothing comes', definition, channels: [], in_browser: true, enabled: true }
const Target = Type.Object({}, { description: '{ to: […] } of e-mail, { url } of Slack and webhooks' })

const call = (
  method: Operation['method'],
  path: string,
  summary: string,
  {
    schema,
    example,
  }: { schema: NonNullable<Operation['body']>['schema']; example: unknown } | Record<string, never>,
  answer: Operation['answer'],
  missing?: string,
): Operation => ({
  method,
  path: `/api/alerts${path}`,
  summary,
  tag: 'Alerts',
  permission: 'edit',
  query: schema ? site : { ...site, id: { ...needed('Which one', ID), code: 'invalid_id' } },
  ...(schema && { body: { schema, example, judged_by_route: true } }),
  answer,
  problems: { 422: ['invalid_input'], ...(missing && { 404: [missing] }) },
})
/** Of one that is named by `id`. */
const change = (...args: Parameters<typeof call>): Operation => ({
  ...call(...args),
  query: { ...site, id: { ...needed('Which one', ID), code: 'invalid_id' } },
})
const done = { status: 204 } as const
const channel = { schema: Type.Object({ channel_id: Id }), example: { channel_id: ID } }
const sent = { status: 202, schema: Type.Object({ delivery_id: Text }) } as const
const Rule = Type.Object({ rule_id: Text, name: Text, definition: Type.Any(), enabled: Type.Boolean() })
const Channel = Type.Object({ channel_id: Text, name: Text, kind: Text, shown: Text })

export const ALERT_CHANGES: readonly Operation[] = [
  call('POST', '', 'Makes a rule', { schema: RuleInput, example: rule }, { status: 201, schema: Rule }),
  change(
    'PATCH',
    '',
    'Changes the fields of a rule that are sent',
    { schema: Type.Partial(RuleInput), example: { enabled: false } },
    { status: 200, schema: Rule },
    'unknown_rule',
  ),
  call('DELETE', '', 'Ends a rule', {}, done, 'unknown_rule'),
  call(
    'POST',
    '/preview',
    'When a definition would have fired in the last 30 days; nothing is written',
    { schema: Type.Union(Object.values(DEFINITIONS)), example: definition },
    { status: 200 },
  ),
  call(
    'POST',
    '/acknowledge',
    'The caller has seen an alert',
    {
      schema: Type.Object({ alert_id: Id, note: Type.String({ maxLength: 500 }) }),
      example: { alert_id: ID, note: '' },
    },
    done,
    'unknown_alert',
  ),
  call(
    'POST',
    '/channels',
    'Makes a channel; the secret of a webhook is in this answer only',
    {
      schema: Type.Object({
        name: Text,
        kind: Type.Union(['email', 'slack', 'webhook'].map((kind) => Type.Literal(kind))),
        target: Target,
      }),
      example: { name: 'Team', kind: 'email', target: { to: ['team@brand.com'] } },
    },
    { status: 201, schema: Channel },
  ),
  change(
    'PATCH',
    '/channels',
    'Gives a channel another name or target',
    {
      schema: Type.Object({ name: Type.Optional(Text), target: Type.Optional(Target) }),
      example: { name: 'Everybody' },
    },
    { status: 200, schema: Channel },
    'unknown_channel',
  ),
  call('POST', '/test', 'Puts a test message on its way', channel, sent, 'unknown_channel'),
  call(
    'POST',
    '/deliveries',
    'Sends a message again that was given up',
    { schema: Type.Object({ delivery_id: Id }), example: { delivery_id: ID } },
    done,
    'unknown_delivery',
  ),
  call(
    'POST',
    '/report',
    'Subscribes an e-mail channel to the weekly report',
    {
      schema: Type.Object({
        channel_id: Id,
        weekday: Type.Integer({ minimum: 1, maximum: 7 }),
        hour: Type.Integer({ minimum: 0, maximum: 23 }),
      }),
      example: { channel_id: ID, weekday: 1, hour: 8 },
    },
    { status: 201, schema: Type.Object({ subscription_id: Text }) },
    'unknown_channel',
  ),
  call('PUT', '/report', 'Sends last week’s report now', channel, sent, 'unknown_channel'),
  call('DELETE', '/report', 'Ends a subscription', {}, done, 'unknown_subscription'),
  call('DELETE', '/channels', 'Ends a channel', {}, done, 'unknown_channel'),
]
